import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpServer, usualLimits } from "../../../src/web/server/connections.js";

// Real sockets, with limits shorter than the defaults. No test here measures how long something takes.

const limits = {
  ...usualLimits,
  headersMs: 300,
  idleMs: 600,
  graceMs: 600,
  bytesPerSecond: 50_000,
  lookEveryMs: 50,
  lingerMs: 1_000,
};
const POST = (length: number) =>
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`;

/** Reads the whole body, and responds with its length. */
const counting: RequestListener = (req, res) => {
  let length = 0;
  req.on("data", (chunk: Buffer) => {
    length += chunk.length;
  });
  req.on("end", () => res.end(String(length)));
  req.on("error", () => undefined);
};

async function listen(app: RequestListener): Promise<number> {
  const server = createHttpServer(app, limits);
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Opens a connection. `closed` resolves to everything that was received, once it is closed, even by a reset. */
function open(port: number) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(answer)));
  return { socket, closed, answer: () => answer };
}

/** Sends the same text repeatedly while the connection is open. */
function keepSending(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.once("close", () => clearInterval(timer));
}

test("the limits match docs/security.md", () => {
  const { headersMs, idleMs, graceMs, bytesPerSecond, keepAliveMs, lingerMs, lookEveryMs } = usualLimits;
  assert.deepEqual([headersMs, idleMs, graceMs, bytesPerSecond, keepAliveMs], [15_000, 10_000, 15_000, 4_000, 75_000]);
  assert.equal(lingerMs, 30_000);
  assert.ok(lookEveryMs <= 1_000, "Node's default of 30 seconds is too slow");
  const server = createHttpServer(counting);
  assert.deepEqual([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout], [15_000, 0, 75_000]);
  server.close();
});

for (const [what, head] of Object.entries({ nothing: "", "half of its headers": "GET / HTTP/1.1\r\nHost: x\r\nX-A" })) {
  test(`a client that sends ${what} is disconnected`, async () => {
    const { socket, closed } = open(await listen(counting));
    socket.write(head);
    const answer = await closed;
    assert.ok(answer === "" || /^HTTP\/1\.1 408 /.test(answer), answer);
  });
}

const slow: Record<string, string> = {
  "no byte of the body": POST(1_000),
  "a part of the body and then nothing": POST(200_000) + "x".repeat(150_000),
  "chunks without an end": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
};
for (const [what, text] of Object.entries(slow)) {
  test(`a client that sends ${what} gets 408 and is disconnected`, async () => {
    const { socket, closed } = open(await listen(counting));
    socket.write(text);
    const answer = await closed;
    assert.match(answer, /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*too slowly/i);
  });
}

test("a client that sends one byte at a time is disconnected, although it is never idle", async () => {
  const { socket, closed } = open(await listen(counting));
  socket.write(POST(1_000_000));
  keepSending(socket, "x", 50);
  assert.match(await closed, /^HTTP\/1\.1 408 /);
});

test("a slow but steady body may take many times the grace period", async () => {
  const { socket, closed, answer } = open(await listen(counting));
  const [parts, bytes] = [20, 10_000]; // twice the minimum rate, for more than twice the grace period
  socket.write(POST(parts * bytes).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  for (let part = 0; part < parts; part += 1) {
    await sleep(100);
    socket.write("x".repeat(bytes));
  }
  await closed;
  assert.match(answer(), /^HTTP\/1\.1 200 [\s\S]*200000$/);
});

test("a body that waits for the server is not refused: only reading time counts", async () => {
  const waiting: RequestListener = (req, res) => void sleep(1_500).then(() => counting(req, res));
  const { socket, closed } = open(await listen(waiting));
  socket.write(POST(400_000).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "x".repeat(400_000));
  assert.match(await closed, /^HTTP\/1\.1 200 [\s\S]*400000$/);
});

for (const connection of ["keep-alive", "close"]) {
  test(`a client cannot send a refused body forever, however fast: ${connection}`, async () => {
    const refusing: RequestListener = (_req, res) => void res.writeHead(413, { connection }).end("Too large.");
    const { socket, closed } = open(await listen(refusing));
    socket.write(POST(1e12));
    const flood = () => {
      while (!socket.destroyed && socket.write("x".repeat(65_536)));
    };
    socket.on("drain", flood);
    flood();
    assert.match(await closed, /^HTTP\/1\.1 413 /);
  });
}

test("a client cannot send a refused body forever, one byte at a time", async () => {
  const refusing: RequestListener = (_req, res) => void res.writeHead(413).end();
  const { socket, closed } = open(await listen(refusing));
  socket.write(POST(1_000_000));
  keepSending(socket, "x", 50);
  assert.match(await closed, /^HTTP\/1\.1 413 /);
});

const early: Record<string, RequestListener> = {
  "before the body is read": (_req, res) => void res.writeHead(413).end("too large"),
  "in the middle of the body": (req, res) => {
    req.once("data", () => {
      req.pause();
      res.writeHead(413).end("too large");
    });
  },
};

for (const [when, app] of Object.entries(early)) {
  for (const connection of ["close", "keep-alive"]) {
    test(`a client that reads only after sending everything gets a response that was sent ${when}: ${connection}`, async () => {
      const { socket, closed, answer } = open(await listen(app));
      let sent = 0;
      socket.pause();
      socket.write(POST(2_000_000).replace("\r\n\r\n", `\r\nConnection: ${connection}\r\n\r\n`));
      for (; sent < 20; sent += 1) {
        socket.write("x".repeat(100_000));
        await sleep(10);
      }
      socket.resume();
      socket.end();
      await closed;
      assert.match(answer(), /^HTTP\/1\.1 413 [\s\S]*too large/);
    });
  }
}

test("a limit for the whole request, which we do not use, would cut off the same slow body", async () => {
  const server = createServer({ requestTimeout: 300, headersTimeout: 300, connectionsCheckingInterval: 50 }, counting);
  after(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { socket, closed } = open((server.address() as AddressInfo).port);
  socket.write(POST(200_000));
  keepSending(socket, "x".repeat(10_000), 100);
  const answer = await closed; // empty if the last bytes caused a reset of the connection
  assert.ok(answer === "" || answer.startsWith("HTTP/1.1 408 "), answer);
});
