import { folder, identity } from "../../support/settings/daily-backups.js";
import "../../support/app.js";
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import mongoose from "mongoose";
import { nowhere, readBackup } from "../../../src/services/operations/backup/check.js";
import { createFileName } from "../../../src/services/operations/backup/retention.js";
import { findLastBackup, makeScheduledBackup } from "../../../src/services/operations/backup/scheduled.js";
import { until } from "../../support/until.js";

const DAY_MS = 86_400_000;

test("with BACKUP_DIR, a job makes an encrypted backup that only this system user can read", async () => {
  await until("there is a backup", async () => (await findLastBackup()) !== null);
  const last = (await findLastBackup()) ?? assert.fail("no backup");
  assert.match(last.file, /postern-localhost_3000-\d{8}T\d{6}Z\.tar\.gz\.age$/);
  assert.ok(Math.abs(Date.now() - last.at.getTime()) < 60_000 && last.bytes > 0);
  assert.deepEqual([statSync(last.file).mode & 0o777, statSync(folder).mode & 0o777], [0o600, 0o700]);
  assert.equal((await readBackup(last.file, { identities: [identity] }, nowhere)).format, "postern-backup");
  const job = await mongoose.connection.collection("jobs").findOne({ name: "back-up" });
  assert.equal(job?.repeatInterval, "1 day");
});

test("each backup deletes old ones and what killed processes left, and nothing else", async () => {
  await until("the first backup is finished", async () => (await findLastBackup()) !== null);
  const first = basename((await findLastBackup())?.file ?? "");
  const old = Array.from({ length: 60 }, (_, days) =>
    createFileName(false, new Date(Date.now() - (days + 1) * DAY_MS)),
  );
  const [left, young] = [`${old[0]}.7.partial`, `${old[1]}.7.partial`];
  const other = createFileName(false, new Date(Date.now() - 1_000), "shop.example.org");
  const others = [other, createFileName(false, new Date(Date.now() - 2_000), "shop.example.org"), `${other}.7.partial`];
  for (const name of [...old, left, young, ...others, "notes.txt"]) writeFileSync(join(folder, name), "");
  for (const name of [left, `${other}.7.partial`]) utimesSync(join(folder, name), new Date(0), new Date(0));
  await until("the next backup has another name", async () => !existsSync(join(folder, createFileName(true))));
  await makeScheduledBackup();
  const all = readdirSync(folder);
  assert.ok(
    others.every((name) => all.includes(name)),
    "those of another site stay",
  );
  assert.ok(all.includes(first), "that of the same day stays");
  const names = all.filter((name) => !others.includes(name) && name !== first);
  assert.ok(names.length >= 10 && names.length <= 12, names.join());
  assert.deepEqual([names.includes(left), names.includes(young), names.includes("notes.txt")], [false, true, true]);
  assert.deepEqual([existsSync(join(folder, old[0] ?? "")), existsSync(join(folder, old[59] ?? ""))], [true, false]);
});

test("a backup ends early when the app stops, and leaves nothing", async () => {
  const before = readdirSync(folder);
  const many = Array.from({ length: 20_000 }, (_, number) => ({ event: "many", number, text: "x".repeat(300) }));
  await mongoose.connection.collection("auditevents").insertMany(many);
  await assert.rejects(makeScheduledBackup({ aborted: true }), /stopped/);
  assert.deepEqual(readdirSync(folder), before);
});
