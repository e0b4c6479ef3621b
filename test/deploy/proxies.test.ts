import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryEngine } from "../support/database/engine.js";
import { sendLoad } from "../support/processes/load.js";
import { productionEnvironment } from "../support/processes/production.js";
import { recipes, startProxy } from "../support/processes/proxies.js";
import { freePort, startServer } from "../support/processes/server.js";
import { unlessInstalled } from "../support/processes/tools.js";
import { exceptOnDay } from "../support/settings/sample.js";
import { until } from "../support/until.js";

const ROUNDS = 1;
const PATIENCE_MS = 120_000;
/** The proxies look at /readyz every 0.3 seconds. */
const NOTICED_AFTER_MS = 1_500;

const skip = exceptOnDay(1);
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
    assert.deepEqual(lost, [], proxy.output());
  });
}
