import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { test } from "node:test";
import { closeGently, type ShutdownLimits } from "../../../src/web/server/shutdown.js";

/** A limit that working code never reaches: the tests wait for events, not for time to pass. */
const NEVER_MS = 600_000;

async function start(limits: Partial<ShutdownLimits>, answer: (res: ServerResponse) => void) {
  const server = createServer((req, res) => void req.resume().on("end", () => answer(res)));
  const close = () => gently({ acceptMs: 0, lingerMs: NEVER_MS, graceMs: NEVER_MS, ...limits });
  const gently = closeGently(server);
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
  const { close, ask } = await start({}, (res) => res.end("ok"));
  assert.equal((await ask("GET")).connection, "keep-alive");
  const closed = close();
  assert.deepEqual(await ask("POST"), { status: 200, connection: "close", isKept: true });
  await closed;
});

test("a request in progress gets a response that closes the connection, without waiting for the time limits", async () => {
  let finish: () => void = () => {};
  const { close, ask, server } = await start({ lingerMs: 1 }, (res) => {
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
  const { close, ask, server } = await start({ lingerMs: 1 }, (res) => {
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
  const { close, ask, port } = await start({ lingerMs: 1 }, (res) => res.end("ok"));
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

/** Opens a connection and sends the beginning of a request. `rest` sends the rest and returns the answer. */
async function begin(port: number, server: Server, beginning: string) {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  let answer = "";
  socket.on("data", (text) => {
    answer += text;
  });
  const closed = once(socket, "close");
  const [received] = (await once(server, "connection")) as [Socket];
  socket.write(beginning);
  while (received.bytesRead < beginning.length) await new Promise(setImmediate);
  const whole = async () => {
    await closed;
    return answer;
  };
  return { whole, rest: (text: string) => void socket.write(text) };
}

test("while a load balancer reads /readyz, new connections get a response", async () => {
  const { close, ask, port, server } = await start({ acceptMs: 500, lingerMs: 1 }, (res) => res.end("ok"));
  await ask("GET");
  const closed = close();
  const late = await begin(port, server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await late.whole(), /^HTTP\/1.1 200[\s\S]*\r\nConnection: close\r\n/);
  await closed;
});

test("a request whose headers arrive slowly still gets a response", async () => {
  const { close, port, server } = await start({ lingerMs: 1 }, (res) => res.end("ok"));
  const slow = await begin(port, server, "GET / HTTP/1.1\r\n");
  const closed = close();
  setTimeout(() => slow.rest("Host: a\r\n\r\n"), 100);
  assert.match(await slow.whole(), /^HTTP\/1.1 200/);
  await closed;
});

test("a form that is not complete at the end of the grace period gets a 503 that says so", async () => {
  const { close, port, server } = await start({ lingerMs: 1, graceMs: 20 }, (res) => res.end("ok"));
  const slow = await begin(port, server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  await close();
  assert.match(await slow.whole(), /^HTTP\/1.1 503[\s\S]*\r\nRetry-After: 1\r\n/);
});
