import "../../support/app.js";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { before, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { ensureIndexes } from "../../../src/database/indexes.js";
import { type ArchiveEntry, readArchive, writeArchive } from "../../../src/lib/files/archive.js";
import { keptCollections } from "../../../src/models/backup/collections.js";
import { writeBackup } from "../../../src/services/operations/backup/backup.js";
import { nowhere, readBackup } from "../../../src/services/operations/backup/check.js";
import { signManifest } from "../../../src/services/operations/backup/manifest.js";
import { backUp, newDatabase, newFile, readRaw, restore, startCommand } from "../../support/database/backups.js";
import { usersEnvironment } from "../../support/processes/environment.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { until } from "../../support/until.js";
import { crowd } from "../../support/users/stored.js";

const SECRET = "another-Secret/of+this.site?0123456789";
const here = () => mongoose.connection.getClient().db(mongoose.connection.name);

let [plain, locked] = ["", ""];
const lock = { set: { BACKUP_PASSPHRASE: "correct horse" } };
before(async () => {
  await crowd(Array.from({ length: 200 }, (_, n) => ({ username: `user-${n}` })));
  [plain, locked] = await Promise.all([backUp(), backUp(lock)]);
});

/** Writes a changed copy of a file, whose folder exists already. */
function change(file: string, edit: (bytes: Buffer) => Buffer): string {
  const copy = `${file}.${randomBytes(4).toString("hex")}`;
  writeFileSync(copy, edit(Buffer.from(readFileSync(file))));
  return copy;
}

async function assertRefused(file: string, said: RegExp, settings = {}): Promise<void> {
  const target = newDatabase();
  const { code, err } = await restore(file, target, settings);
  assert.deepEqual([code, said.test(err), err.trim().split("\n").length], [1, true, 1], err);
  assert.deepEqual(await target.listCollections().toArray(), [], "nothing was written");
}

test("a cut-off or changed backup is refused before anything is written", async () => {
  const cut = change(plain, (bytes) => bytes.subarray(0, bytes.length - 1_000));
  await assertRefused(cut, /damaged or incomplete .*Nothing was changed/);
  const flipped = change(locked, (bytes) =>
    Buffer.from(bytes.map((byte, n) => (n === bytes.length - 500 ? byte ^ 1 : byte))),
  );
  await assertRefused(flipped, /damaged or incomplete .*Nothing was changed/, lock);
});

test("every bit flip in the archive is noticed, and so is every end before the last one", async () => {
  const tar = gunzipSync(readFileSync(plain));
  const read = (bytes: Buffer) => {
    const file = change(plain, () => gzipSync(bytes, { level: 1 }));
    return readBackup(file, null, nowhere).finally(() => rmSync(file));
  };
  await read(tar);
  for (let n = 0; n < 60; n += 1) {
    // The header of a tar entry has fields without a meaning for us, such as the time; its checksum covers them.
    const at = Math.floor((tar.length - 2_048) * (n / 60)) + (n % 7);
    if (tar[at] === 0) continue; // it may be padding, which has no content
    const flipped = Buffer.from(tar);
    flipped[at] = (tar[at] ?? 0) ^ (1 << (n % 8));
    await assert.rejects(read(flipped), { name: "BackupRefused" }, `bit flip at ${at}`);
    await assert.rejects(read(tar.subarray(0, at)), { name: "BackupRefused" }, `end at ${at}`);
  }
});

test("a change by someone who does not know the pepper is noticed, even with fitting hashes", async () => {
  const tar = gunzipSync(readFileSync(plain)).toString("latin1");
  const unsigned = tar.replace(/("count": )\d+/, (all) => all.replace(/\d/, "9"));
  assert.notEqual(unsigned, tar);
  const file = change(plain, () => gzipSync(Buffer.from(unsigned, "latin1")));
  await assert.rejects(readBackup(file, null, nowhere), /signature/);
});

test("a backup of a version that had fewer collections is restored, and one that hides a collection is not", async () => {
  const rewrite = async (drop: string) => {
    const found = (await Readable.from(
      readArchive(Readable.from([gunzipSync(readFileSync(plain))])),
    ).toArray()) as ArchiveEntry[];
    const manifest = found.find(({ name }) => name === "manifest.json") ?? assert.fail();
    const { collections, ...rest } = JSON.parse(String(manifest.bytes));
    assert.ok(drop in collections);
    delete collections[drop];
    const bytes = Buffer.from(JSON.stringify({ collections, ...rest }));
    const changed: Record<string, Buffer> = {
      "manifest.json": bytes,
      "manifest.hmac": Buffer.from(signManifest(bytes)),
    };
    const entries = found.map(({ name, bytes }) => ({ name, bytes: changed[name] ?? bytes }));
    const archive = await Readable.from(writeArchive(Readable.from(entries))).toArray();
    return change(plain, () => gzipSync(Buffer.concat(archive)));
  };
  const older = await rewrite("webhooks");
  assert.equal((await restore(older, newDatabase())).code, 0);
  assert.deepEqual((await readBackup(older, null, nowhere)).collections.webhooks?.count, 0);
  await assertRefused(await rewrite("users"), /damaged or incomplete .*Nothing was changed/);
});

test("a backup of an installation with another pepper or FACTOR_KEY is refused, and the message names the variable", async () => {
  await assertRefused(plain, /PASSWORD_PEPPER is not the one .*Nothing was changed/, {
    set: { PASSWORD_PEPPER: SECRET },
  });
  const file = await backUp({ set: { FACTOR_KEY: SECRET } });
  await assertRefused(file, /FACTOR_KEY lacks a key .*Nothing was changed/);
  const [target, rotated] = [newDatabase(), "the-Newer/key+of.this?site-9876543210"];
  assert.equal((await restore(file, target, { set: { FACTOR_KEY: `${rotated},${SECRET}` } })).code, 0);
});

test("a backup is restored only into an empty database", async () => {
  const before = await readRaw(here(), keptCollections);
  const target = { databaseName: mongoose.connection.name } as ReturnType<typeof newDatabase>;
  for (const args of [[], ["--again"]]) {
    const { code, err } = await restore(plain, target, { args });
    assert.equal(code, 1);
    assert.match(err, /^The database is not empty: it has documents in "users".*Nothing was changed\.\n$/);
  }
  assert.deepEqual(await readRaw(here(), keptCollections), before);
  assert.equal(await here().collection("unfinishedrestore").countDocuments(), 0);
});

test("a database where the app was started, but never used, counts as empty as soon as no app runs on it", async () => {
  const target = newDatabase();
  const [host] = mongoose.connection.getClient().options.hosts;
  const app = startServer({
    ...usersEnvironment(),
    PORT: String(await freePort()),
    MONGODB_URI: `mongodb://${encodeURIComponent(String(host))}/${target.databaseName}?journal=true&directConnection=true`,
    DATA_DIR: config.dataDir,
    PASSWORD_PEPPER: config.passwordPepper,
  });
  assert.ok(await app.ready, app.output());
  const [jobs, canaries] = [target.collection("jobs"), target.collection("canaries")];
  await until("a job has run", async () => (await jobs.countDocuments({ lastRunAt: { $type: "date" } })) > 0);
  const running = await restore(plain, target);
  assert.deepEqual([running.code, /^The app was running on this database/.test(running.err)], [1, true], running.err);
  app.stop();
  await app.ended;
  assert.ok((await canaries.countDocuments()) > 0);
  await jobs.updateMany({}, { $set: { lastRunAt: new Date(Date.now() - 180_000) } });
  const { code, err } = await restore(plain, target);
  assert.equal(code, 0, err);
  assert.equal(await target.collection("users").countDocuments(), 200);
});

test("a file that is no backup, or is not there, is refused with a message", async () => {
  const text = change(plain, () => Buffer.from("not a backup"));
  await assertRefused(text, /damaged or incomplete/);
  await assertRefused(newFile(), /ENOENT/);
  await assertRefused(
    change(plain, () => gzipSync(Buffer.alloc(1_024))),
    /postern\.json is missing/,
  );
});

test("a backup with two documents of one unique value fails when it is verified, and is restored with the reason", async () => {
  const domains = here().collection("domains");
  const slugs = (await domains.indexes()).find(({ key }) => Object.keys(key).join() === "slug");
  await domains.dropIndex(String(slugs?.name));
  const twins = await domains.insertMany([1, 2].map((n) => ({ name: `Twin ${n}`, slug: "twin" })));
  const file = newFile();
  await writeBackup(file, null);
  await domains.deleteMany({ slug: "twin" });
  await ensureIndexes();

  const target = newDatabase();
  const verified = await restore(file, target, { args: ["--verify"] });
  assert.deepEqual([verified.code, await target.listCollections().toArray()], [1, []]);
  assert.match(verified.err, /^Two documents of the backup have the same unique value.* Make another backup\.\n$/);
  const restored = await restore(file, target);
  assert.equal(restored.code, 1);
  assert.match(
    restored.err,
    /^Everything was restored\. The unique index on slug .*domains have the same\. Remove or change/,
  );
  assert.deepEqual((await readRaw(target, ["users"])).users?.length, (await readRaw(here(), ["users"])).users?.length);
  assert.match(
    (await startCommand("backup", { args: [newFile()] }, target.databaseName).ended).err,
    /^The unique index on slug/,
  );
  await target.collection("domains").deleteOne({ _id: twins.insertedIds[1] as never });
  const { code, err } = await startCommand("backup", { args: [newFile()] }, target.databaseName).ended;
  assert.deepEqual([code, err], [0, ""], "the next start builds the index");
});

test("a backup names collections that it does not contain", async () => {
  const target = newDatabase();
  assert.equal((await restore(plain, target)).code, 0);
  const run = async (...args: string[]) =>
    startCommand("backup", { args: [newFile(), ...args] }, target.databaseName).ended;
  assert.doesNotMatch((await run()).out, /Not in it/);
  await target.collection("notes").insertOne({ text: "kept nowhere" });
  const { code, out } = await run();
  assert.equal(code, 0);
  assert.match(out, /\nNot in it: notes\. Add each collection to src\/models\/backup\/collections\.ts, as part/);
  assert.deepEqual(JSON.parse((await run("--json")).out).forgotten, ["notes"]);
});
