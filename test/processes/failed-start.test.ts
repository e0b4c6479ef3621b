import "../support/environment.js";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { supervise } from "../../src/processes/supervisor.js";
import { temporaryDirectory, temporaryEngine } from "../support/database/engine.js";
import { listChildren } from "../support/processes/children.js";
import { freePort } from "../support/processes/server.js";
import { until } from "../support/until.js";

const PATIENCE_MS = 60_000;
const { execPath } = process;
/** Programs that cannot be started. Node.js reports the first one as an event, and throws the second. */
const faulty = { ENOENT: join(temporaryDirectory(), "node"), ENOTDIR: join(execPath, "node") };
type Fault = keyof typeof faulty;
const faults = Object.keys(faulty) as Fault[];

let attempts = 0;
/** Lets the system fail to start processes, and counts how often that is tried. */
function failStarts(fault: Fault): void {
  attempts = 0;
  const get = () => {
    attempts += 1;
    return faulty[fault];
  };
  Object.defineProperty(process, "execPath", { get, configurable: true });
}
const letStart = () => Object.defineProperty(process, "execPath", { value: execPath, configurable: true });

const port = await freePort();
Object.assign(process.env, { PORT: String(port), LOG_LEVEL: "fatal" });
const { uri } = await temporaryEngine();
const broken: number[] = [];
const supervisor = supervise(2, Promise.resolve(uri), (code) => broken.push(code));
const list = (kind: "web" | "jobs") => listChildren(process.pid, `processes/${kind}.js`);
const all = () => [...list("web"), ...list("jobs")];
const isUp = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.ok === true;

before(async () => {
  await supervisor.ready;
  await until("all processes run", () => all().length === 3, PATIENCE_MS);
});
afterEach(letStart);
after(() => supervisor.stop());

for (const fault of faults) {
  for (const kind of ["web", "jobs"] as const) {
    test(`a process that cannot be started is tried again: ${kind}, ${fault}`, async () => {
      const [victim = 0, ...others] = list(kind);
      failStarts(fault);
      process.kill(victim, "SIGKILL");
      await until("its start was tried again", () => attempts > 2, PATIENCE_MS);
      assert.deepEqual(list(kind), others);
      await until("the others serve", isUp);
      letStart();
      await until("it is started again", () => list(kind).length === others.length + 1, PATIENCE_MS);
    });
  }

  test(`if processes cannot be replaced, the old ones continue, and can be replaced later: ${fault}`, async () => {
    await until("pages are served", isUp, PATIENCE_MS);
    const running = all();
    failStarts(fault);
    await supervisor.restart();
    assert.ok(attempts > 0);
    assert.deepEqual(all(), running);
    letStart();
    await supervisor.restart();
    assert.ok(all().every((pid) => !running.includes(pid)));
    assert.deepEqual(broken, []);
  });

  test(`if the first process cannot be started, the service counts as broken: ${fault}`, async () => {
    failStarts(fault);
    const codes: number[] = [];
    const other = supervise(1, Promise.resolve(uri), (code) => codes.push(code));
    await until("it counts as broken", () => codes.length > 0);
    await other.stop();
    assert.equal(codes[0], 1);
  });
}
