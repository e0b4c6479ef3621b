import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { s3Server } from "../../../support/avatars/s3-server.js";

const bucket = await s3Server({ secret: "secret" });
process.env.S3_URL = `http://key:secret@${bucket.host}/bucket`;
// Imported here, because the configuration is read once, at the import.
const { origin } = await import("../../../support/app.js");
const { member } = await import("../../../support/users.js");
const { jpeg, pictured, settled } = await import("../../../support/avatars/avatars.js");

test("with S3 configured, pictures are stored in the bucket and nowhere else", async () => {
  const ada = await member();
  const hash = await pictured(ada, await jpeg());
  await settled(ada);
  assert.equal(bucket.objects.size, 6);
  const answer = await fetch(`${origin}/pictures/${hash}-192.webp`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/webp");
  const stored = bucket.objects.get(`/bucket/pictures/${hash}-192.webp`);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), stored?.bytes);
  await ada.submit("/account/avatar", {}, "/account/avatar/delete");
  assert.equal(bucket.objects.size, 0);
});
