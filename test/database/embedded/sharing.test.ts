import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MongoClient } from "mongodb";
import { startEmbedded } from "../../../src/database/embedded/index.js";
import { copies, silent, temporaryDirectory } from "../../support/database/engine.js";

const LISTEN_AND_DIE =
  "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
const USER = fileURLToPath(new URL("../../support/database/engine-user.js", import.meta.url));

interface Report {
  uri: string;
  pid: number | null;
}

/** Starts another process that uses a directory; `next()` returns its next report about the engine. */
function otherProcess(dataDir: string): { child: ChildProcess; next: () => Promise<Report> } {
  const child = spawn(process.execPath, [USER, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  after(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, next: async () => JSON.parse((await lines.next()).value) as Report };
}

async function insert(uri: string, _id: string): Promise<void> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  await client.db().collection<{ _id: string }>("notes").insertOne({ _id });
  await client.close();
}

async function ids(uri: string): Promise<string[]> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  const found = await client.db().collection<{ _id: string }>("notes").find().sort({ _id: 1 }).toArray();
  await client.close();
  return found.map(({ _id }) => _id);
}

async function gone(pid: number): Promise<void> {
  for (const end = Date.now() + 5000; ; await sleep(20)) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    assert.ok(Date.now() < end, "the engine still runs");
  }
}

test("a second process joins the engine of the first, and does not stop it", async () => {
  const dataDir = temporaryDirectory();
  const first = await startEmbedded({ dataDir, log: silent, copies });
  const second = await startEmbedded({ dataDir, log: silent, copies });
  assert.equal(second.pid, null);
  assert.equal(second.uri, first.uri);
  await second.stop();
  await insert(first.uri, "still there");
  const pid = first.pid as number;
  await first.stop();
  await gone(pid);
});

test("only the system user who runs the process can access the socket", async () => {
  const dataDir = temporaryDirectory();
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  assert.equal(statSync(join(dataDir, "run")).mode & 0o777, 0o700);
  assert.equal(statSync(join(dataDir, "run/mongodb.sock")).mode & 0o777, 0o600);
  assert.equal(statSync(join(dataDir, "mongodb")).mode & 0o777, 0o700);
  await engine.stop();
});

test("a path that is too long for a socket still works", async () => {
  process.env.TMPDIR = temporaryDirectory();
  const dataDir = join(temporaryDirectory(), "a-directory-with-a-long-name".repeat(4));
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  await insert(engine.uri, "a");
  assert.deepEqual(await ids(engine.uri), ["a"]);
  await engine.stop();
});

test("a leftover socket file is replaced", async () => {
  const dataDir = temporaryDirectory();
  const socket = join(dataDir, "run/mongodb.sock");
  mkdirSync(join(dataDir, "run"));
  spawnSync(process.execPath, ["-e", LISTEN_AND_DIE, socket]);
  assert.ok(lstatSync(socket).isSocket());
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  await insert(engine.uri, "a");
  await engine.stop();
});

test("if the parent of the engine is killed, the engine ends and the directory can be opened again", async () => {
  const dataDir = temporaryDirectory();
  const owner = otherProcess(dataDir);
  const { uri, pid } = await owner.next();
  await insert(uri, "before");
  owner.child.kill("SIGKILL");
  await gone(pid as number);
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  assert.deepEqual(await ids(engine.uri), ["before"]);
  await engine.stop();
});

test("while another process uses the engine, it outlives its starter, and no write fails", async () => {
  const dataDir = temporaryDirectory();
  const first = await startEmbedded({ dataDir, log: silent, copies });
  const second = await startEmbedded({ dataDir, log: silent, copies });
  const client = new MongoClient(second.uri, { serverSelectionTimeoutMS: 5000, retryWrites: false });
  const notes = client.db().collection<{ _id: string }>("notes");
  let isOver = false;
  let written = 0;
  const writing = (async () => {
    for (; !isOver; written += 1) await notes.insertOne({ _id: `note ${written}` });
  })();
  await insert(first.uri, "before");
  const pid = first.pid as number;
  await first.stop();
  const third = await startEmbedded({ dataDir, log: silent, copies });
  assert.equal(third.pid, null, "the next process joins the same engine");
  await insert(third.uri, "after");
  await second.stop();
  isOver = true;
  await writing;
  assert.ok(written > 0);
  assert.equal((await ids(third.uri)).length, written + 2);
  await client.close();
  await third.stop();
  await gone(pid);
});

test("if two processes start at once, one runs the engine, and the other keeps it when the first is killed", async () => {
  const dataDir = temporaryDirectory();
  const both = [otherProcess(dataDir), otherProcess(dataDir)] as const;
  const reports = await Promise.all(both.map(({ next }) => next()));
  assert.equal(reports.filter(({ pid }) => pid === null).length, 1, JSON.stringify(reports));
  const { uri } = reports[0] as Report;
  await insert(uri, "a");
  const joiner = both[reports[0]?.pid === null ? 0 : 1];
  const owner = both[joiner === both[0] ? 1 : 0];
  const pid = reports.find((report) => report.pid)?.pid as number;
  owner.child.kill("SIGKILL");
  await once(owner.child, "exit");
  assert.deepEqual(await ids(uri), ["a"]);
  process.kill(pid, "SIGKILL");
  const successor = await joiner.next();
  assert.ok(successor.pid);
  assert.deepEqual(await ids(uri), ["a"]);
  joiner.child.kill("SIGKILL");
  await gone(successor.pid as number);
});
