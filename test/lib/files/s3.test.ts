import assert from "node:assert/strict";
import { test } from "node:test";
import { openBucket, readBucketAddress } from "../../../src/lib/files/s3.js";
import { readWhole } from "../../../src/lib/files/storage.js";
import { s3Server } from "../../support/avatars/s3-server.js";

const secret = "s3cr3t/with+odd=signs";
const at = (host: string, password = secret) =>
  readBucketAddress(`http://key:${encodeURIComponent(password)}@${host}/bucket/deep?region=eu-central-1`);

test("a bucket address is parsed; plain http is accepted only on this machine", () => {
  const address = readBucketAddress("https://key:a%2Fb@s3.example.org/bucket?region=eu-central-1");
  assert.deepEqual(address, {
    folder: new URL("https://s3.example.org/bucket/"),
    region: "eu-central-1",
    accessKeyId: "key",
    secretAccessKey: "a/b",
  });
  const bad = [
    "x",
    "https://s3.example.org/bucket",
    "https://key@s3.example.org/bucket",
    "https://k:s@s3.example.org/",
  ];
  for (const text of [...bad, "http://k:s@s3.example.org/bucket", "ftp://k:s@localhost/bucket"]) {
    assert.equal(readBucketAddress(text), null, text);
  }
  assert.equal(readBucketAddress("http://k:s@localhost:9000/bucket")?.region, "us-east-1");
});

test("files are stored in a bucket, read, replaced and removed with signed requests", async () => {
  const server = await s3Server({ secret });
  const address = at(server.host);
  assert.ok(address);
  const store = openBucket(address);
  await store.put("pictures/a-64.webp", Buffer.from("one"), "image/webp");
  await store.put("pictures/a-64.webp", Buffer.from("two"), "image/webp");
  assert.deepEqual([...server.objects.keys()], ["/bucket/deep/pictures/a-64.webp"]);
  assert.equal(server.objects.get("/bucket/deep/pictures/a-64.webp")?.type, "image/webp");
  const file = await store.get("pictures/a-64.webp");
  assert.equal(file?.length, 3);
  file?.content.destroy();
  assert.equal(String(await readWhole(store, "pictures/a-64.webp")), "two");
  assert.equal(await store.get("pictures/b"), null);
  await store.remove("pictures/a-64.webp");
  await store.remove("pictures/a-64.webp");
  assert.equal(server.objects.size, 0);
  assert.deepEqual(server.refused, []);
});

test("a request signed with another secret is refused with an error", async () => {
  const server = await s3Server({ secret });
  const address = at(server.host, "another");
  assert.ok(address);
  await assert.rejects(openBucket(address).put("x", Buffer.from("x"), "image/webp"), /answered 403 to PUT x/);
  assert.equal(server.objects.size, 0);
});
