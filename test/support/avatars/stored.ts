import assert from "node:assert/strict";
import mongoose from "mongoose";
import sharp from "sharp";
import { readWhole } from "../../../src/lib/files/storage.js";
import { Avatar, getOriginalName, listFileNames } from "../../../src/models/avatar.js";
import { User } from "../../../src/models/user.js";
import { avatarStore } from "../../../src/services/avatar/storage.js";
import { crowd } from "../users/stored.js";

let count = 0;
const collection = (name: string) => mongoose.connection.collection(name);

/** Creates a small picture. */
export const red = () =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: "#ff0000" } })
    .jpeg()
    .toBuffer();

/** Creates an account that has only a username. */
export async function person(): Promise<User> {
  count += 1;
  const username = `pictured-${count}`;
  await crowd([{ username }]);
  return User.findOne({ username }).orFail();
}
export const again = (user: User): Promise<User> => User.findById(user._id).orFail();

/** Stores an upload that the account expects, without a job. */
export async function uploaded(user: User, bytes: Uint8Array): Promise<string> {
  const { _id } = await Avatar.start(user.id);
  await avatarStore.put(getOriginalName(_id), bytes, "application/octet-stream");
  assert.ok(await user.expectPicture(_id));
  return String(_id);
}

/** Stores a shown avatar with all of its files, which are not real pictures. Returns its hash. */
export async function shown(user: User): Promise<string> {
  const hash = String(new mongoose.Types.ObjectId()).padStart(32, "0");
  const { _id } = await Avatar.start(user.id);
  await Avatar.setHash(_id, hash);
  const [, ...names] = listFileNames({ _id, hash });
  for (const name of names) await avatarStore.put(name, Buffer.from(name), "image/webp");
  await user.expectPicture(_id);
  await user.showPicture(_id, hash);
  await Avatar.markLive(_id);
  return hash;
}

/** Deletes all uploads, files and jobs. */
export async function clear(): Promise<void> {
  for (const name of ["pictures", "pictures.files", "pictures.chunks", "jobs"]) await collection(name).deleteMany({});
}

/** Checks that only these uploads exist, that all of them are shown, and that all of their files are complete. */
export async function expectOnly(...hashes: string[]): Promise<void> {
  const entries = await Avatar.find().lean<Avatar[]>();
  assert.deepEqual(entries.map(({ hash }) => hash).sort(), hashes.sort());
  assert.deepEqual([...new Set(entries.map(({ lookAt }) => lookAt))], hashes.length > 0 ? [null] : []);
  const names = entries.flatMap((entry) => listFileNames(entry).slice(1)).sort();
  assert.deepEqual((await collection("pictures.files").distinct("_id")).sort(), names);
  assert.deepEqual((await collection("pictures.chunks").distinct("files_id")).sort(), names);
  for (const name of names) assert.ok((await readWhole(avatarStore, name))?.length, name);
}
