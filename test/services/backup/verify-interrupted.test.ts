import "../../support/app.js";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import mongoose from "mongoose";
import { backUp, newFile, startCommand } from "../../support/database/backups.js";
import { temporaryDirectory } from "../../support/database/engine.js";
import { listChildren } from "../../support/processes/children.js";
import { until } from "../../support/until.js";

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const signals = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
let file = "";

before(async () => {
  const events = mongoose.connection.getClient().db(mongoose.connection.name).collection("auditevents");
  for (let from = 0; from < 40_000; from += 4_000)
    await events.insertMany(
      Array.from({ length: 4_000 }, (_, n) => ({ event: "many", number: from + n, text: "x".repeat(600) })),
    );
  file = await backUp();
});

/** Starts a command with a temporary folder of its own. */
function start(name: "backup" | "restore", args: string[], folder = mkdtempSync(join(temporaryDirectory(), "t"))) {
  const command = startCommand(name, { args, set: { TMPDIR: folder } });
  const serves = (one: string) => existsSync(join(folder, one, "run", "mongodb.sock"));
  return {
    command,
    folder,
    /** Waits until the database is decrypted. Returns the id of its engine. */
    async verifying(): Promise<number> {
      await until("the temporary database serves", () => readdirSync(folder).some(serves));
      return listChildren(command.pid ?? 0, folder)[0] ?? assert.fail("there is no engine");
    },
  };
}

for (const signal of signals) {
  test(`a verification that is ended by ${signal} leaves no decrypted database and no engine`, async () => {
    const { command, folder, verifying } = start("restore", [file, "--verify"]);
    const engine = await verifying();
    command.kill(signal);
    const { code, err } = await command.ended;
    assert.deepEqual([code, err, readdirSync(folder)], [exitCodes[signal], "", []]);
    assert.throws(() => process.kill(engine, 0), { code: "ESRCH" });
  });
}

test("so does one that is ended while its engine starts", async () => {
  const { command, folder } = start("restore", [file, "--verify"]);
  await until("there is a folder", () => readdirSync(folder).length > 0);
  command.kill("SIGINT");
  assert.equal((await command.ended).code, 130);
  assert.deepEqual(readdirSync(folder), []);
});

test("a backup whose verification is ended stays, and nothing is left of the verification", async () => {
  const own = newFile();
  const { command, folder, verifying } = start("backup", [own, "--verify"]);
  await verifying();
  command.kill("SIGTERM");
  assert.equal((await command.ended).code, 143);
  assert.deepEqual([existsSync(own), readdirSync(folder)], [true, []]);
});

test("the next verification deletes what a killed one left, but not the database of one that runs", async () => {
  const { command, folder, verifying } = start("restore", [file, "--verify"]);
  await verifying();
  command.kill("SIGKILL");
  assert.equal((await command.ended).signal, "SIGKILL");
  assert.equal(readdirSync(folder).length, 1);

  const others = [`postern-verify-${process.pid}-abcdef`, "postern-verify-notes"];
  for (const name of others) mkdirSync(join(folder, name));
  const { code, err } = await start("restore", [file, "--verify"], folder).command.ended;
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(readdirSync(folder).sort(), others.sort());
});
