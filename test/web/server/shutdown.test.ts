import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { closeGently } from "../../../src/web/server/shutdown.js";

/** A limit that working code never reaches: the tests wait for events, not for time to pass. */
const NEVER_MS = 600_000;

async function start(limits: { lingerMs: number; graceMs: number }, answer: (res: ServerResponse) => void) {
  const server = createServer((req, res) => void req.resume().on("end", () => answer(res)));
  const close = closeGently(server, limits);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: string) => {
    const asked = request({ host: "127.0.0.1", port, agent, method });
    asked.end();
    const [got] = (await once(asked, "response")) as [IncomingMessage];
    got.resume();
    await once(got, "end");
    return { status: got.statusCode, connection: got.headers.connection, isKept: asked.reusedSocket };
  };
  return { close, ask, port, server };
}

test("a form sent on a kept connection during the shutdown gets a response that closes the connection", async () => {
  const { close, ask } = await start({ lingerMs: NEVER_MS, graceMs: NEVER_MS }, (res) => res.end("ok"));
  assert.equal((await ask("GET")).connection, "keep-alive");
  const closed = close();
  assert.deepEqual(await ask("POST"), { status: 200, connection: "close", isKept: true });
  await closed;
});

test("a request in progress gets a response that closes the connection, without waiting for the time limits", async () => {
  let finish: () => void = () => {};
  const { close, ask, server } = await start({ lingerMs: 1, graceMs: NEVER_MS }, (res) => {
    finish = () => res.end("ok");
    server.emit("asked");
  });
  const asked = ask("GET");
  await once(server, "asked");
  const closed = close();
  setTimeout(() => finish(), 50);
  assert.equal((await asked).connection, "close");
  await closed;
});

test("a response that had begun is finished, and then its connection is closed", async () => {
  const { close, ask, server } = await start({ lingerMs: 1, graceMs: NEVER_MS }, (res) => {
    res.write("o");
    setTimeout(() => res.end("k"), 100);
    server.emit("asked");
  });
  const asked = ask("GET");
  await once(server, "asked");
  const closed = close();
  assert.deepEqual(await asked, { status: 200, connection: "keep-alive", isKept: false });
  await closed;
});

test("idle and unused connections are closed soon", async () => {
  const { close, ask, port } = await start({ lingerMs: 1, graceMs: NEVER_MS }, (res) => res.end("ok"));
  await ask("GET");
  const unused = connect(port, "127.0.0.1");
  await once(unused, "connect");
  await ask("GET");
  unused.resume();
  const ended = once(unused, "close");
  await close();
  await ended;
});

test("requests that never end are cut off after the grace period", async () => {
  const { close, ask, server } = await start({ lingerMs: 1, graceMs: 20 }, () => server.emit("asked"));
  const asked = assert.rejects(ask("GET"));
  await once(server, "asked");
  await close();
  await asked;
});
