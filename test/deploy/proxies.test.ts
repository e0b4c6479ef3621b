import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority } from "../services/doctor/certificates.js";
import { temporaryEngine } from "../support/database/engine.js";
import { sendLoad } from "../support/processes/load.js";
import { productionEnvironment } from "../support/processes/production.js";
import { recipes, startProxy } from "../support/processes/proxies.js";
import { freePort, startServer } from "../support/processes/server.js";
import { unlessInstalled } from "../support/processes/tools.js";
import { exceptOnDay } from "../support/settings/sample.js";
import { until } from "../support/until.js";

/** Two restarts in each round. Twenty: `RESTART_ROUNDS=10`. */
const ROUNDS = Number(process.env.RESTART_ROUNDS ?? 1);
const PATIENCE_MS = 120_000;
/** The proxies look at /readyz every 0.3 seconds. */
const NOTICED_AFTER_MS = 1_500;

const skip = exceptOnDay(1, { dependsOnNode: true });
const uri = skip ? "" : (await temporaryEngine()).uri;

async function start(port: number) {
  const server = startServer({ ...productionEnvironment(port, uri), TRUST_PROXY: "1" });
  assert.ok(await server.ready, server.output());
  return server;
}

const ports: [number, number] = [await freePort(), await freePort()];
const servers = skip ? [] : await Promise.all(ports.map(start));
after(async () => {
  for (const server of servers) server.stop();
  await Promise.all(servers.map(({ ended }) => ended));
});

for (const name of Object.keys(recipes)) {
  test(`behind ${name}, restarting one instance after the other loses no request`, {
    skip: skip || unlessInstalled(name),
  }, async (t) => {
    const port = await freePort();
    const proxy = startProxy(name, port, ports);
    const isUp = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.ok === true;
    await until(`${name} serves`, isUp, PATIENCE_MS);
    const stopping = new AbortController();
    const load = sendLoad(port, "example.org", stopping.signal);
    for (let n = 0; n < ROUNDS; n += 1) {
      for (const [i, own] of ports.entries()) {
        await sleep(NOTICED_AFTER_MS);
        servers[i]?.stop();
        await servers[i]?.ended;
        servers[i] = await start(own);
      }
    }
    stopping.abort();
    const { sent, lost } = await load;
    t.diagnostic(`${name}: ${2 * ROUNDS} restarts, ${sent} requests, ${lost.length} lost`);
    assert.deepEqual(lost, [], `${lost.join("\n")}\n${proxy.output()}`);
  });
}

test("behind nginx with TLS, browsers get HSTS and cookies that are sent over TLS only", {
  skip: skip || unlessInstalled("nginx"),
}, async () => {
  const [port, authority] = [await freePort(), createAuthority()];
  const proxy = startProxy("nginx", port, ports, authority.issue("example.org"));
  const agent = new Agent({ ca: authority.ca, servername: "example.org" });
  const get = async (path: string) => {
    const asked = request({ agent, host: "127.0.0.1", port, path, headers: { host: "example.org" } }).end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    return { status: answer.statusCode, headers: answer.headers };
  };
  const isUp = async () => (await get("/healthz").catch(() => null))?.status === 200;
  await until("nginx serves", isUp, PATIENCE_MS);
  const { status, headers } = await get("/login");
  assert.equal(status, 200, proxy.output());
  assert.match(headers["strict-transport-security"] ?? "", /^max-age=\d{8,}/);
  const cookies = headers["set-cookie"] ?? [];
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) assert.match(cookie, /^__Host-[^;]+;.*\bSecure\b/);
  const { status: away, headers: to } = await get("/dashboard");
  assert.deepEqual([away, to.location?.startsWith("/login")], [303, true]);
});
