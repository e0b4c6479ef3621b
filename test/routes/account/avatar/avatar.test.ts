import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import sharp from "sharp";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { origin } from "../../../support/app.js";
import { account, createPicture, jpeg, pictured, plain, settled, upload } from "../../../support/avatars/avatars.js";
import { member, post, signedUp } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

/** Lists the names of all stored avatar files. */
const stored = async () =>
  (await mongoose.connection.collection("pictures.files").find().toArray()).map(({ filename }) => filename as string);
const fetched = async (path: string) => {
  const answer = await fetch(origin + path, { redirect: "manual" });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
};

test("an uploaded picture is cropped to a square, saved in three sizes and two formats, and shown everywhere", async () => {
  const ada = await member();
  assert.match((await ada.get("/account/avatar")).text, /have a picture yet/);
  const answer = await upload(ada, await jpeg(900, 600));
  assert.equal(answer.location, "/account/avatar");
  const hash = await createPicture(ada);
  assert.match(hash ?? "", /^[0-9a-f]{32}$/);
  for (const [type, format] of [
    ["webp", "webp"],
    ["jpg", "jpeg"],
  ] as const) {
    for (const size of [64, 192, 512]) {
      const { status, headers, bytes } = await fetched(`/pictures/${hash}-${size}.${type}`);
      assert.equal(status, 200);
      const made = await sharp(bytes).metadata();
      assert.deepEqual([made.format, made.width, made.height], [format, size, size]);
      assert.equal(headers.get("content-type"), `image/${format}`);
      assert.equal(headers.get("content-length"), String(bytes.length));
      assert.equal(headers.get("cache-control"), "public, max-age=31536000, immutable");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'.*sandbox$/);
      assert.equal(headers.get("set-cookie"), null);
    }
  }
  const written = await post(ada);
  for (const path of ["/dashboard", "/account/avatar", `/users/${ada.username}`, written]) {
    assert.ok((await ada.get(path)).text.includes(`/pictures/${hash}-192.jpg`), path);
  }
  assert.ok((await visitor().get(written)).text.includes(`/pictures/${hash}-64.webp 64w`));
  assert.equal((await fetched(`/users/${ada.username}/avatar`)).headers.get("location"), `/pictures/${hash}-192.jpg`);
  assert.equal((await stored()).filter((name) => name.startsWith("originals/")).length, 0, "the original is deleted");
  const { _id: user } = await account(ada);
  assert.equal(await AuditEvent.countDocuments({ user, event: "picture.uploaded" }), 1);
});

test("without an avatar, initials are shown, in a colour that depends on the name", async () => {
  const ada = await member();
  const { status, headers, bytes } = await fetched(`/users/${ada.username.toUpperCase()}/avatar`);
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "image/svg+xml");
  assert.equal(headers.get("set-cookie"), null);
  assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*sandbox/);
  assert.match(bytes.toString(), />P<\/text>/);
  assert.equal((await fetched("/users/nobody-of-that-name/avatar")).status, 404);
  await (await account(ada)).disable();
  assert.equal((await fetched(`/users/${ada.username}/avatar`)).status, 404);
});

test("a new avatar replaces the old one, whose files are all deleted", async () => {
  const ada = await member();
  const before = await stored();
  const first = await pictured(ada, await jpeg());
  const second = await pictured(ada, await jpeg(400, 400, "#206040"));
  await settled(ada);
  assert.notEqual(first, second);
  assert.equal((await fetched(`/pictures/${first}-64.webp`)).status, 404);
  assert.equal((await fetched(`/pictures/${second}-64.webp`)).status, 200);
  assert.equal((await stored()).length, before.length + 6);
});

test("if two users have the same picture and one removes it, the other keeps theirs", async () => {
  const [ada, bob] = [await member(), await member()];
  const bytes = await jpeg();
  const [hers, his] = [await pictured(ada, bytes), await pictured(bob, bytes)];
  assert.notEqual(hers, his);
  assert.equal((await ada.submit("/account/avatar", {}, "/account/avatar/delete")).status, 303);
  assert.equal((await fetched(`/pictures/${hers}-64.webp`)).status, 404);
  assert.equal((await fetched(`/pictures/${his}-64.webp`)).status, 200);
  assert.match((await ada.get("/account/avatar")).text, /have a picture yet/);
});

test("of twenty concurrent uploads, at least two are accepted, one is shown, and no other files are left", async () => {
  const ada = await member();
  const before = (await stored()).length;
  const pictures = await Promise.all(
    Array.from({ length: 20 }, (_, n) => jpeg(80, 80, `#${(n + 16).toString(16)}4020`)),
  );
  const answers = await Promise.all(pictures.map((bytes) => upload(ada, bytes)));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)].sort(), [303, 429]);
  assert.ok(
    statuses.filter((status) => status === 303).length >= 2,
    "two uploads at once are allowed, as after a double click",
  );
  for (const answer of answers)
    if (answer.status === 429) assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
  await settled(ada);
  assert.equal((await stored()).length, before + 6);
});

test("of twenty uploads from two tabs, the last one is shown, and no other files are left", async () => {
  const ada = await member();
  const before = (await stored()).length;
  const tab = async (first: number) => {
    for (let n = first; n < 36; n += 2)
      assert.equal((await upload(ada, await jpeg(80, 80, `#${n.toString(16)}4020`))).status, 303);
  };
  await Promise.all([tab(16), tab(17)]);
  await settled(ada);
  const hash = await createPicture(ada);
  assert.equal((await fetched(`/pictures/${hash}-64.webp`)).status, 200);
  assert.equal((await stored()).length, before + 6);
});

const assertNear = (colour: number[], other: number[], what: string) =>
  assert.ok(
    colour.every((part, n) => Math.abs(part - (other[n] ?? 0)) < 40),
    `${what}: ${colour}`,
  );

test("the orientation of a photo is applied, and metadata about place and camera is removed", async () => {
  const ada = await member();
  const left = await plain(40, 40, "#ff0000").toColourspace("srgb").png().toBuffer();
  const bytes = await sharp({ create: { width: 80, height: 40, channels: 3, background: "#0000ff" } })
    .composite([{ input: left, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .withExif({ IFD0: { Copyright: "Secret Name" }, IFD3: { GPSLatitude: "51/1 30/1 0/1", GPSLatitudeRef: "N" } })
    .jpeg({ quality: 100 })
    .toBuffer();
  assert.ok(bytes.includes("Secret Name"));
  const hash = await pictured(ada, bytes);
  for (const type of ["webp", "jpg"]) {
    const { bytes: made } = await fetched(`/pictures/${hash}-64.${type}`);
    const { exif, icc, xmp, orientation } = await sharp(made).metadata();
    assert.deepEqual([exif, icc, xmp, orientation], [undefined, undefined, undefined, undefined]);
    assert.ok(!made.includes("Secret Name"));
    const { data, info } = await sharp(made).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)];
    for (const x of [4, 59]) {
      assertNear(at(x, 4), [255, 0, 0], "the left side is now at the top");
      assertNear(at(x, 59), [0, 0, 255], "the right side is now at the bottom");
    }
  }
});

test("an unconfirmed user cannot upload an avatar, and a visitor must log in first", async () => {
  const { username: login, password, ...eve } = await signedUp();
  await eve.submit("/login", { login, password });
  assert.equal((await eve.get("/account/avatar")).location, "/login?return_to=%2Faccount%2Favatar");
  const token = "x";
  assert.equal((await upload(eve, await jpeg(), { token })).location, "/login");
  assert.equal((await upload(visitor(), await jpeg(), { token })).location, "/login");
});
