import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryEngine } from "../support/database/engine.js";
import { productionEnvironment } from "../support/processes/production.js";
import { freePort, startServer } from "../support/processes/server.js";

/** Five seconds, and a little more for a busy machine. */
const GONE_WITHIN_MS = 6_500;

test("a server that is told to stop is first unready, answers what is under way, and is gone within five seconds", async () => {
  const { uri } = await temporaryEngine();
  const port = await freePort();
  const server = startServer(productionEnvironment(port, uri));
  assert.ok(await server.ready, server.output());
  const agent = new Agent({ keepAlive: true });
  const ask = async (path: string, options: object = {}) => {
    const asked = request({ host: "127.0.0.1", port, path, headers: { host: "example.org" }, ...options }).end();
    const [got] = (await once(asked, "response")) as [IncomingMessage];
    got.resume();
    await once(got, "end");
    return { status: got.statusCode, connection: got.headers.connection, isKept: asked.reusedSocket };
  };
  assert.equal((await ask("/readyz")).status, 200);
  assert.equal((await ask("/login", { agent })).connection, "keep-alive");

  const slow = request({ host: "127.0.0.1", port, path: "/login", method: "POST" });
  slow.setHeader("Content-Type", "application/x-www-form-urlencoded").setHeader("Content-Length", 1_000_000);
  const trickle = setInterval(() => slow.write("x"), 100);
  slow.on("error", () => undefined);
  const answered = once(slow, "response").catch(() => []);
  await sleep(300);

  const began = Date.now();
  server.stop();
  while ((await ask("/readyz")).status !== 503) await sleep(10);
  assert.deepEqual(await ask("/login", { agent }), { status: 200, connection: "close", isKept: true });
  assert.equal(await server.ended, 0, server.output());
  assert.ok(Date.now() - began < GONE_WITHIN_MS, `it took ${Date.now() - began} ms`);
  clearInterval(trickle);
  const [last] = (await answered) as [IncomingMessage?];
  assert.equal(last?.statusCode, 503);
});

test("the process of the jobs can be told to stop at any moment of its start", async () => {
  const { uri } = await temporaryEngine();
  const program = fileURLToPath(new URL("../../src/processes/jobs.js", import.meta.url));
  for (const afterMs of [0, 80, 200, 400]) {
    const child = fork(program, { env: productionEnvironment(await freePort(), uri), silent: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += text));
    await once(child, "message"); // it has loaded its code
    child.send({ type: "start", uri, share: 1 });
    await sleep(afterMs);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null], output);
    assert.doesNotMatch(output, /uncaught/);
  }
});
