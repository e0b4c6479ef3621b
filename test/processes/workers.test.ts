import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import mongoose from "mongoose";
import { systemActor } from "../../src/actor.js";
import { getUri } from "../../src/database/embedded/index.js";
import { preparePaths } from "../../src/database/embedded/paths.js";
import { createEntry } from "../../src/models/outbox.js";
import { temporaryDirectory } from "../support/database/engine.js";
import { listChildren } from "../support/processes/children.js";
import { freePort, startServer } from "../support/processes/server.js";
import { until } from "../support/until.js";
import { visitor } from "../support/visitor.js";

/** Starting a process takes seconds on a busy machine. */
const PATIENCE_MS = 60_000;
const DATA_DIR = temporaryDirectory();
const port = await freePort();
const base = `http://localhost:${port}`;
const set = { NODE_ENV: "test", LOG_LEVEL: "info", RATE_LIMITS: "off", BCRYPT_COST: "4", DATA_DIR, PORT: String(port) };
const server = startServer(set, { words: ["--workers", "2"] });
const list = (program: string) => listChildren(server.pid, program);
const web = () => list("processes/web.js");
const jobs = () => list("processes/jobs.js");
/** Processes of this kind that do their work. */
const ready = (kind: string) => {
  const pids = kind === "web" ? web() : jobs();
  return pids.filter((pid) => server.output().includes(`"kind":"${kind}","pid":${pid},"msg":"ready"`));
};
const isUp = async () => (await fetch(`${base}/healthz`).catch(() => null))?.ok === true;

before(async () => {
  assert.ok(await server.ready, server.output());
  await until("all processes run", () => ready("web").length === 2 && ready("jobs").length === 1, PATIENCE_MS);
});
after(async () => {
  server.stop();
  assert.equal(await server.ended, 0, server.output());
});

async function start(more: Record<string, string>, words: string[] = []) {
  const other = startServer({ ...set, DATA_DIR: temporaryDirectory(), ...more }, { words });
  assert.equal(await other.ready, false);
  return { code: await other.ended, output: other.output() };
}

async function register(username: string): Promise<void> {
  const email = `${username}@example.org`;
  const page = await visitor(base).submit("/register", { username, email, password: "sturdy-Gate-in-the-wall" });
  assert.equal(page.status, 303, page.text);
}

async function hasMail(username: string): Promise<boolean> {
  const mails = (await (await fetch(`${base}/dev/mailbox.json`)).json()) as { to: string }[];
  return mails.some(({ to }) => to === `${username}@example.org`);
}

const isGlibc = "glibcVersionRuntime" in (process.report.getReport() as { header: object }).header;
test("processes share one arena of memory", { skip: !isGlibc && "only glibc has arenas" }, () => {
  for (const pid of [...web(), ...jobs()])
    assert.match(readFileSync(`/proc/${pid}/environ`, "utf8"), /(^|\0)MALLOC_ARENA_MAX=1\0/);
});

test("emails are sent by the process of the jobs, and wait while it is frozen; pages do not", async () => {
  const [pid = 0] = jobs();
  process.kill(pid, "SIGSTOP");
  await register("ada");
  assert.equal(await hasMail("ada"), false);
  process.kill(pid, "SIGCONT");
  await until("the email is there", () => hasMail("ada"), PATIENCE_MS);
});

test("what a killed web process has left to do is done by the process of the jobs", async () => {
  const connection = await mongoose.createConnection(getUri(preparePaths(DATA_DIR))).asPromise();
  await register("charles");
  const data = { user: { isConfirmed: false }, reason: "Spam." };
  const entry = { ...createEntry("user.disabled", systemActor, data), at: new Date(Date.now() - 60_000) };
  const users = connection.collection<{ username: string; outbox: unknown[] }>("users");
  await users.updateOne({ username: "charles" }, { $push: { outbox: entry } });
  await connection.collection("jobs").updateOne({ name: "finish-follow-ups" }, { $set: { nextRunAt: new Date() } });
  const isDone = async () =>
    (await connection.collection("auditevents").countDocuments({ event: "user.disabled" })) > 0;
  await until("the audit event is there", isDone, PATIENCE_MS);
  await until(
    "the entry is removed",
    async () => (await users.countDocuments({ "outbox.0": { $exists: true } })) === 0,
  );
  await connection.close();
});

test("stack traces in the log name lines of TypeScript", async () => {
  const connection = await mongoose.createConnection(getUri(preparePaths(DATA_DIR))).asPromise();
  const data = { view: "no-such-email", to: "ada@example.org", locals: {} };
  const job = { name: "send-mail", type: "normal", priority: 0, nextRunAt: new Date(), lockedAt: null, data };
  await connection.collection("jobs").insertOne(job);
  const stack = /There is no email called no-such-email\\n[^"]*find-view\.ts:\d+/;
  await until("the error is in the log", () => server.output().includes("no-such-email"), PATIENCE_MS);
  assert.match(server.output(), stack);
  await connection.collection("jobs").deleteMany({ "data.view": data.view });
  await connection.close();
});

for (const kind of ["web", "jobs"]) {
  test(`a process that is killed is started again, and the others serve meanwhile: ${kind}`, async () => {
    const running = ready(kind);
    const [victim = 0] = running;
    process.kill(victim, "SIGKILL");
    await until("it is gone", () => !ready(kind).includes(victim), PATIENCE_MS);
    await until("the others serve", isUp);
    await until("it is started again", () => ready(kind).length === running.length, PATIENCE_MS);
  });
}

test("emails are sent after all of that, too", async () => {
  await register("grace");
  await until("the email is there", () => hasMail("grace"), PATIENCE_MS);
});

test("if the port is in use, the start ends with an exit code and a message", async () => {
  const { code, output } = await start({});
  assert.equal(code, 1);
  assert.match(output, /^Postern cannot listen on .*EADDRINUSE/m);
});

test("if no database answers, the start ends with an exit code and one message", async () => {
  const nobody = `mongodb://127.0.0.1:${await freePort()}/postern`;
  const { code, output } = await start({ MONGODB_URI: nobody }, ["--workers", "3"]);
  assert.equal(code, 1);
  assert.equal(output.match(/No MongoDB answers at/g)?.length, 1, output);
});

for (const [words, says] of [
  [["--workers", "0"], /--workers must be a whole number from 1 to 64/],
  [["--workers", "two"], /--workers must be a whole number from 1 to 64/],
  [["--worker", "2"], /Unknown option '--worker'/],
] as const) {
  test(`with ${words.join(" ")}, the start ends with a message`, async () => {
    const { code, output } = await start({}, [...words]);
    assert.equal(code, 78);
    assert.match(output, says);
  });
}

test("with WORKERS=65, the start ends with a message", async () => {
  const { code, output } = await start({ WORKERS: "65" });
  assert.equal(code, 78);
  assert.match(output, /WORKERS must be a whole number from 1 to 64/);
});
