import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { Avatar } from "../../../src/models/avatar.js";
import { User } from "../../../src/models/user.js";
import { until } from "../until.js";
import type { Member } from "../users.js";
import { readToken, type Visitor } from "../visitor.js";

const AVATAR = "/account/avatar";
type Upload = { name?: string; type?: string; field?: string; token?: string };

/** Creates a picture of one colour; `jpeg` returns it as JPEG. */
export const plain = (width = 300, height = 200, background = "#c04020") =>
  sharp({ create: { width, height, channels: 3, background } });
export const jpeg = (...size: Parameters<typeof plain>) =>
  plain(...size)
    .jpeg()
    .toBuffer();

/** Uploads a file as the page's form would. */
export async function upload(
  person: Visitor,
  bytes: Uint8Array,
  { name = "me.jpg", type, field = "avatar", token }: Upload = {},
) {
  const form = new FormData();
  form.set("_csrf", token ?? readToken((await person.get(AVATAR)).text));
  form.set(field, new File([bytes as Uint8Array<ArrayBuffer>], name, { type: type ?? "image/jpeg" }));
  return person.request(AVATAR, { method: "POST", body: form });
}

export const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** Waits until no upload of a user is being processed, and returns the hash of the avatar, or null. */
export async function createPicture(person: { username: string }): Promise<string | null> {
  await until("no upload is being processed", async () => {
    const { pictureUpload } = await account(person);
    const waits = pictureUpload && (await Avatar.findUpload(pictureUpload));
    return !waits || waits.refusal !== null;
  });
  return (await account(person)).picture ?? null;
}

/** Waits until a user has only one upload left, with exactly its files. */
export async function settled(person: { username: string }): Promise<void> {
  const { _id: user } = await account(person);
  await until("one upload is left", async () => {
    const [one, ...others] = await Avatar.listForUser(user);
    return one !== undefined && one.lookAt === null && others.length === 0;
  });
}

/** Uploads an avatar and waits until it is shown. */
export async function pictured(person: Member, bytes: Uint8Array): Promise<string> {
  const answer = await upload(person, bytes);
  assert.equal(answer.status, 303, answer.text);
  return (await createPicture(person)) ?? assert.fail("the user has no picture");
}

/** Creates a PNG with these dimensions. It is small, because all its rows have one colour. */
export function createPng(width: number, height: number, rowsThere = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8); // one bit per pixel, greyscale
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rowsThere));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  const sum = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
