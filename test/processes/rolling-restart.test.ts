import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDirectory } from "../support/database/engine.js";
import { listChildren } from "../support/processes/children.js";
import { sendLoad } from "../support/processes/load.js";
import { freePort, startServer } from "../support/processes/server.js";
import { isSampling } from "../support/settings/sample.js";
import { until } from "../support/until.js";

const RESTARTS = isSampling ? 1 : 5;
const WORKERS = 2;
/** Starting a process takes long on a busy machine. */
const PATIENCE_MS = 600_000;

test(`${RESTARTS} rolling restarts under load lose no request`, async (t) => {
  const port = await freePort();
  const set = { NODE_ENV: "test", LOG_LEVEL: "info", RATE_LIMITS: "off", WORKERS: String(WORKERS) };
  const server = startServer({ ...set, DATA_DIR: temporaryDirectory(), PORT: String(port) });
  assert.ok(await server.ready, server.output());
  const web = () => listChildren(server.pid, "processes/web.js");
  const isRunning = () => server.output().split('"process.ready"').length > WORKERS + 1;
  await until("all processes run", isRunning, PATIENCE_MS);
  const before = web();

  const stopping = new AbortController();
  const load = sendLoad(port, `localhost:${port}`, stopping.signal);
  for (let n = 1; n <= RESTARTS; n += 1) {
    process.kill(server.pid, "SIGHUP");
    const done = async () => server.output().split('"restart.done"').length > n;
    await until(`restart ${n} is done`, done, PATIENCE_MS);
  }
  stopping.abort();
  const kinds = [...server.output().matchAll(/"event":"process.ready","kind":"(\w+)"/g)].map(([, kind]) => kind);
  const inOneRestart = ["jobs", ...Array<string>(WORKERS).fill("web")];
  assert.deepEqual(
    kinds.slice(WORKERS + 1),
    Array(RESTARTS).fill(inOneRestart).flat(),
    "a new version's jobs come first",
  );
  const { sent, lost } = await load;
  t.diagnostic(`${sent} requests, ${lost.length} lost`);
  assert.deepEqual(lost, []);
  assert.equal(web().length, WORKERS);
  assert.ok(!web().some((pid) => before.includes(pid)), "all web processes are new");
  server.stop();
  assert.equal(await server.ended, 0, server.output());
});
