import "../support/environment.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { supervise } from "../../src/processes/supervisor.js";
import { temporaryEngine } from "../support/database/engine.js";
import { listChildren } from "../support/processes/children.js";
import { freePort } from "../support/processes/server.js";
import { until } from "../support/until.js";

const PATIENCE_MS = 60_000;
/** A process that does not answer for five seconds is frozen, and for 30 while it starts; in the app it is 30 and 120. */
const pulse = { everyMs: 1_000, most: 5, mostAtStart: 30 };
const STOPPED_S = 8;

const port = await freePort();
Object.assign(process.env, { PORT: String(port), LOG_LEVEL: "fatal" });
const { uri } = await temporaryEngine();
const broken: number[] = [];
const supervisor = supervise(2, Promise.resolve(uri), (code) => broken.push(code), pulse);
const list = (kind: "web" | "jobs") => listChildren(process.pid, `processes/${kind}.js`);
const all = () => [...list("web"), ...list("jobs")];
const isUp = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.ok === true;

before(async () => {
  await supervisor.ready;
  await until("all processes run", () => all().length === 3, PATIENCE_MS);
});
after(() => supervisor.stop());

for (const kind of ["web", "jobs"] as const) {
  test(`a process that does not respond is ended and started again: ${kind}`, async () => {
    const [victim = 0, ...others] = list(kind);
    process.kill(victim, "SIGSTOP");
    const isReplaced = () => !list(kind).includes(victim) && list(kind).length === others.length + 1;
    await until("it is replaced", isReplaced, PATIENCE_MS);
    assert.ok(others.every((pid) => list(kind).includes(pid)));
    await until("pages are served", isUp, PATIENCE_MS);
  });
}

test("when the whole machine was asleep, no process is ended", async () => {
  const running = all();
  const pids = [...running, process.pid];
  const pass = `sleep ${STOPPED_S}; kill -CONT ${pids.join(" ")}`;
  spawn("sh", ["-c", pass], { stdio: "ignore", detached: true }).unref();
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 3 * pulse.everyMs));
  assert.deepEqual(all(), running);
  assert.deepEqual(broken, []);
});
