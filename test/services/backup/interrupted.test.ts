import "../../support/app.js";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { before, test } from "node:test";
import mongoose from "mongoose";
import { keptCollections } from "../../../src/models/backup/collections.js";
import { Post } from "../../../src/models/post.js";
import { writeBackup } from "../../../src/services/operations/backup/backup.js";
import { backUp, newDatabase, newFile, readRaw, restore, startCommand } from "../../support/database/backups.js";
import { until } from "../../support/until.js";
import { member } from "../../support/users.js";

const here = () => mongoose.connection.getClient().db(mongoose.connection.name);

before(async () => {
  for (let from = 0; from < 40_000; from += 4_000) {
    const some = Array.from({ length: 4_000 }, (_, n) => ({ event: "many", number: from + n, text: "x".repeat(600) }));
    await here().collection("auditevents").insertMany(some);
  }
});

test("a backup that is killed leaves no file with the name of a backup", async () => {
  const file = newFile();
  const command = startCommand("backup", { args: [file] });
  const list = () => {
    try {
      return readdirSync(dirname(file));
    } catch {
      return [];
    }
  };
  await until("the backup has begun", () => list().length > 0);
  command.kill("SIGKILL");
  assert.equal((await command.ended).signal, "SIGKILL");
  assert.deepEqual(list(), [`${basename(file)}.${command.pid}.partial`]);
});

test("no app starts with a database whose restore was killed; the restore begins again when asked to", async () => {
  const file = await backUp();
  const target = newDatabase();
  const command = startCommand("restore", { args: [file] }, target.databaseName);
  await until("a part is restored", async () => (await target.collection("auditevents").estimatedDocumentCount()) > 0);
  command.kill("SIGKILL");
  assert.equal((await command.ended).signal, "SIGKILL");
  assert.ok((await target.collection("auditevents").countDocuments()) < 40_000);

  const start = await startCommand("backup", { args: [newFile()] }, target.databaseName).ended;
  assert.equal(start.code, 1);
  assert.match(start.err, /^A restore began in this database on .* and has not finished.*--again/);
  const second = await restore(file, target);
  assert.equal(second.code, 1);
  assert.match(second.err, /^An unfinished restore is in this database.*--again/);

  const again = await restore(file, target, { args: ["--again"] });
  assert.deepEqual([again.code, again.err], [0, ""]);
  assert.deepEqual(await readRaw(target, keptCollections), await readRaw(here(), keptCollections));
  assert.equal(await target.collection("unfinishedrestore").countDocuments(), 0);
});

test("a backup while users write contains everything written before it began, and no dangling references", async () => {
  const ada = await member();
  const write = (title: string) => Post.write(ada.id, { title, body: "Text.", visibility: "public" });
  for (let n = 0; n < 20; n += 1) await write(`before ${n}`);
  const writing = { done: false, count: 0 };
  const writer = (async () => {
    for (; !writing.done; writing.count += 1) await write(`during ${writing.count}`);
  })();
  const file = newFile();
  await writeBackup(file, null);
  writing.done = true;
  await writer;
  assert.ok(writing.count > 0);

  const target = newDatabase();
  assert.equal((await restore(file, target)).code, 0);
  const own = await readRaw(here(), ["posts"]);
  const posts = await readRaw(target, ["posts"]);
  assert.ok((posts.posts ?? []).length >= 20);
  for (const post of posts.posts ?? []) assert.ok(own.posts?.includes(post), "a post is as it was written");
  assert.equal(await target.collection("posts").countDocuments({ title: /^before/ }), 20);
  assert.equal(await target.collection("users").countDocuments({ _id: new mongoose.Types.ObjectId(ada.id) }), 1);
  const counters = await target
    .collection<{ _id: string; values: Record<string, number> }>("counters")
    .find()
    .toArray();
  const numbers = Object.values(counters.find(({ _id }) => /post|place/i.test(_id))?.values ?? {});
  assert.ok(Math.max(...numbers) >= (posts.posts ?? []).length, "no number is given twice");
});
