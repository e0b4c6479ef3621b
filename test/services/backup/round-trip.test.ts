import "../../support/app.js";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { before, test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import mongoose from "mongoose";
import { insertBson } from "../../../src/database/raw-insert.js";
import { keptCollections } from "../../../src/models/backup/collections.js";
import { Device } from "../../../src/models/device.js";
import { runMigrations } from "../../../src/services/operations/migrations/run.js";
import { createPicture, jpeg, upload } from "../../support/avatars/avatars.js";
import {
  backUp,
  type Database,
  newDatabase,
  newFile,
  readRaw,
  restore,
  type Settings,
  startCommand,
} from "../../support/database/backups.js";
import { member } from "../../support/users.js";

const { Binary, Decimal128, Double, Int32, Long, ObjectId } = mongoose.mongo;
const here = () => mongoose.connection.getClient().db(mongoose.connection.name);

/** Values that a restore by way of objects would change: 1.0 and 1, null and undefined, the order of keys. */
const kinds = {
  _id: new ObjectId(),
  zero: new Double(-0),
  one: new Double(1),
  int: new Int32(1),
  long: Long.MAX_VALUE,
  decimal: Decimal128.fromString("1.10"),
  nothing: null,
  binary: new Binary(Buffer.from("bytes"), 4),
  at: new Date(-1),
  list: [[], {}, [null]],
  text: "ß\0😀",
  reference: new mongoose.mongo.DBRef("users", new ObjectId()),
  pattern: /a(b)?/isu,
  b: 1,
  a: 2,
};

/** A document with BSON's own "undefined", which no driver writes any more. */
function createUndefined(): Buffer {
  const bson = Buffer.from("\0\0\0\0\x02_id\0\x02\0\0\0u\0\x06nothing\0\0", "latin1");
  bson.writeInt32LE(bson.length);
  return bson;
}

async function readFiles(database: Database) {
  const files = await database.collection("pictures.files").find().sort({ _id: 1 }).toArray();
  const chunks = await database.collection("pictures.chunks").find().sort({ files_id: 1, n: 1 }).toArray();
  return {
    files: files.map(({ uploadDate: _, ...file }) => file),
    chunks: chunks.map(({ _id, ...chunk }) => ({ ...chunk, data: chunk.data.toString("hex") })),
  };
}

before(async () => {
  await runMigrations(); // otherwise a job may record them between a backup and the comparison with it
  const ada = await member();
  await upload(ada, await jpeg());
  assert.ok(await createPicture(ada));
  await here()
    .collection("daycounts")
    .insertOne(kinds as never);
  await insertBson(mongoose.connection, "daycounts", [createUndefined()]);
  const many = Array.from({ length: 3_000 }, (_, n) => ({ event: "many", number: n, text: "x".repeat(300) }));
  await here().collection("auditevents").insertMany(many);
});

test("a backup of the running app, restored into an empty database, has the same bytes and pictures", async () => {
  const file = await backUp();
  const restored = newDatabase();
  const { code, out, err } = await restore(file, restored);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^Restored: 1 users, \d+ documents in all, 6 files of profile pictures, read from .* by Postern /);
  assert.deepEqual(await readRaw(restored, keptCollections), await readRaw(here(), keptCollections));
  assert.deepEqual(await readFiles(restored), await readFiles(here()));
  assert.ok(((await readRaw(restored, ["auditevents"])).auditevents as string[]).length > 3_000);
  assert.deepEqual([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777], [0o600, 0o700]);
  assert.equal(readdirSync(dirname(file)).length, 1, "no unfinished file is left");
});

test("sessions, devices and jobs are not restored; the seats of superadmins are built from their roles", async () => {
  assert.ok((await Device.countDocuments()) > 0);
  await here()
    .collection("users")
    .updateOne({}, { $set: { roles: [{ role: "superadmin", domain: null }] } });
  const restored = newDatabase();
  await restored.collection("jobs").insertOne({ name: "left by a start of the app" });
  assert.equal((await restore(await backUp(), restored)).code, 0);
  const left = (await restored.listCollections().toArray()).map(({ name }) => name);
  const counted = await Promise.all(left.map(async (name) => [name, await restored.collection(name).countDocuments()]));
  const found = counted.filter(([, count]) => count !== 0).map(([name]) => name);
  const expected = ["pictures.files", "pictures.chunks", "seats", ...keptCollections];
  assert.deepEqual(
    found.filter((name) => !expected.includes(String(name))),
    [],
  );
  const [seats] = await restored.collection("seats").find().toArray();
  assert.equal(seats?.members.length, 1);
});

test("a restored database has the indexes that the app builds at its start", async () => {
  const restored = newDatabase();
  assert.equal((await restore(await backUp(), restored)).code, 0);
  for (const name of [
    ...Object.values(mongoose.models).map(({ collection }) => collection.collectionName),
    "pictures.chunks",
  ]) {
    const read = async (database: Database) =>
      (
        await database
          .collection(name)
          .indexes()
          .catch(() => [])
      )
        .map((index) => JSON.stringify(index))
        .sort();
    const own = await read(here());
    if (own.length > 1) assert.deepEqual(await read(restored), own, name);
  }
});

test("tar can read an unencrypted backup, and the parts of a collection are BSON as mongodump writes it", async () => {
  const file = await backUp();
  const listed = execFileSync("tar", ["tzf", file], { encoding: "utf8" }).trim().split("\n");
  assert.deepEqual([listed[0], ...listed.slice(-2)], ["postern.json", "manifest.json", "manifest.hmac"]);
  const parts = listed.filter((name) => name.startsWith("collections/auditevents/"));
  assert.ok(parts.length > 2, "large collections have several parts");
  const bson = execFileSync("tar", ["xzOf", file, ...parts], { maxBuffer: 2 ** 30 }).toString("hex");
  assert.equal(bson, (await readRaw(here(), ["auditevents"])).auditevents?.join(""));
});

const identity = await generateX25519Identity();
const passphrase = { BACKUP_PASSPHRASE: "correct horse" };
const fromStdin = { args: ["--passphrase-stdin"], input: "correct horse\n" };
for (const [how, lock, key] of [
  ["a passphrase in the environment", { set: passphrase }, { set: passphrase }],
  ["a passphrase on standard input", fromStdin, fromStdin],
  [
    "a public key",
    { set: { BACKUP_RECIPIENT: await identityToRecipient(identity) } },
    { set: { BACKUP_IDENTITY: identity } },
  ],
] as const) {
  test(`a backup that is encrypted with ${how} is restored with its key only`, async () => {
    const file = await backUp(lock as Settings);
    const restored = newDatabase();
    const wrong = [{}, { set: { BACKUP_PASSPHRASE: "wrong", BACKUP_IDENTITY: await generateX25519Identity() } }];
    for (const other of wrong) {
      const { code, err } = await restore(file, restored, other);
      assert.deepEqual([code, /is encrypted (with a passphrase|for a key)|does not open/.test(err)], [1, true], err);
    }
    assert.deepEqual(await restored.listCollections().toArray(), []);
    assert.deepEqual((await restore(file, restored, key as Settings)).err, "");
    assert.deepEqual(await readRaw(restored, keptCollections), await readRaw(here(), keptCollections));
  });
}

test("verifying restores a backup into a temporary database, and changes nothing", async () => {
  const before = await readRaw(here());
  const file = newFile();
  const { code, out, err } = await startCommand("backup", { args: [file, "--verify", "--json"] }).ended;
  assert.deepEqual([code, err], [0, ""]);
  const { collections, avatars, verified, encrypted } = JSON.parse(out);
  assert.deepEqual([collections.users.count, avatars.count, verified, encrypted], [1, 6, true, false]);
  const again = await startCommand("restore", { args: [file, "--verify"] }).ended;
  assert.deepEqual([again.code, again.err], [0, ""]);
  assert.match(again.out, /^The backup is complete and can be restored: 1 users/);
  const after = await readRaw(here());
  for (const name of keptCollections) assert.deepEqual(after[name], before[name], name);
});
