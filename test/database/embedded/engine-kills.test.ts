import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { getUri } from "../../../src/database/embedded/index.js";
import { preparePaths } from "../../../src/database/embedded/paths.js";
import { detectPlatform, findEngineAddon } from "../../../src/database/embedded/platform.js";
import type { Link } from "../../../src/database/embedded/process.js";
import { startEngine } from "../../../src/database/embedded/process.js";
import { startServer } from "../../support/database/crash-server.js";
import { copies, temporaryDirectory } from "../../support/database/engine.js";
import { freePort } from "../../support/processes/server.js";
import { exceptOnDay, isSampling } from "../../support/settings/sample.js";
import { until } from "../../support/until.js";
import { type Page, readToken, type Visitor, visitor } from "../../support/visitor.js";

/** ENGINE_KILLS=200 runs the full test, which takes some minutes. By default it runs for `USUAL_MS`. */
const wanted = Number(process.env.ENGINE_KILLS ?? 0);
const USUAL_MS = isSampling ? 3_000 : 15_000;
const MEMBERS = 8;
const LONGEST_REQUEST_MS = 10_000;
const FULL_SERVICE_MS = 2_000;
const LONGEST_PAUSE_MS = 400;
const FORM_EVERY = 5;

/** `status` is an error message if there was no complete response. */
type Request = { status: number | string; ms: number };

/** Reads pages and writes posts as a logged-in user, one request after another. */
async function use(browser: Visitor, requests: Request[], signal: AbortSignal) {
  const ask = async (what: string, act: () => Promise<Page>) => {
    const began = performance.now();
    const page = await act().catch((error: Error) => error);
    const status = page instanceof Error ? `${what}: ${page.message}` : page.status;
    requests.push({ status, ms: performance.now() - began });
    return page instanceof Error ? null : page;
  };
  for (let n = 0; !signal.aborted; n += 1) {
    await ask("dashboard", () => browser.get("/dashboard"));
    await ask("posts", () => browser.get("/posts"));
    if (n % FORM_EVERY !== 0) continue;
    const _csrf = readToken((await ask("form", () => browser.get("/posts/new")))?.text ?? "");
    if (_csrf) await ask("post", () => browser.send("/posts", { _csrf, title: "t", body: "b", visibility: "draft" }));
  }
}

async function join(base: string, username: string): Promise<Visitor> {
  const browser = visitor(base);
  const fields = { username, email: `${username}@example.org`, password: "sturdy-Gate-in-the-wall" };
  assert.equal((await browser.submit("/register", fields)).status, 303);
  return browser;
}

/** Kills the engine and starts the next one. Returns the time from then until all requests succeed again. */
async function kill(engine: Link, start: () => Promise<Link>, isServed: () => Promise<boolean>) {
  process.kill(engine.pid as number, "SIGKILL");
  await engine.ended;
  const next = await start();
  const returned = performance.now();
  await until("full service", isServed);
  return { next, servedAfterMs: performance.now() - returned };
}

const worst = (numbers: number[]) => Math.round(Math.max(...numbers));
const median = (numbers: number[]) => Math.round(numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0);

test("the engine is killed repeatedly under load: no request hangs, and requests soon succeed again", {
  skip: exceptOnDay(7, { dependsOnNode: true }),
}, async (t) => {
  const DATA_DIR = temporaryDirectory();
  const place = preparePaths(DATA_DIR);
  const start = async () =>
    (await startEngine(place, findEngineAddon(detectPlatform(), copies), () => undefined)) as Link;
  let engine = await start();
  after(() => engine.release());
  const PORT = await freePort();
  const server = await startServer({ DATA_DIR, PORT, MONGODB_URI: getUri(place) });
  const base = `http://127.0.0.1:${PORT}`;
  const members: Visitor[] = [];
  for (let n = 0; n < MEMBERS; n += 1) members.push(await join(base, `member${n}`));
  const isServed = async () => {
    const pages = [visitor(base).get("/readyz"), ...members.map((browser) => browser.get("/dashboard"))];
    return (await Promise.all(pages)).every(({ status }) => status === 200);
  };

  const requests: Request[] = [];
  const served: number[] = [];
  const stopping = new AbortController();
  const users = members.map((browser) => use(browser, requests, stopping.signal));
  const end = Date.now() + USUAL_MS;
  while (wanted > 0 ? served.length < wanted : Date.now() < end) {
    await sleep(Math.random() * LONGEST_PAUSE_MS);
    const { next, servedAfterMs } = await kill(engine, start, isServed);
    engine = next;
    served.push(servedAfterMs);
  }
  stopping.abort();
  await Promise.all(users);
  server.child.kill("SIGTERM");
  assert.deepEqual(await server.ended, { code: 0, signal: null });

  const unavailable = requests.filter(({ status }) => status === 503).length;
  const times = requests.map(({ ms }) => ms);
  t.diagnostic(`${served.length} kills, ${requests.length} requests, ${unavailable} of them 503`);
  t.diagnostic(
    `slowest request ${worst(times)} ms; full service after ${median(served)} ms, at most ${worst(served)} ms`,
  );
  assert.deepEqual(
    requests.map(({ status }) => status).filter((status) => ![200, 303, 503].includes(Number(status))),
    [],
  );
  assert.ok(worst(times) < LONGEST_REQUEST_MS);
  if (wanted > 0) assert.ok(worst(served) < FULL_SERVICE_MS);
});
