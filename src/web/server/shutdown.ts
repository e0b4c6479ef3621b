import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";

/** Timing of a shutdown, in milliseconds. The steps follow each other. */
export type ShutdownLimits = {
  /** How long new connections are still accepted, so that a load balancer can read /readyz. */
  acceptMs: number;
  /** How long requests on idle connections still get a response then. Node's own `close` would close these at once. */
  lingerMs: number;
  /** How long requests in progress may take, from the beginning of the shutdown. */
  graceMs: number;
};

/** Returns the limits for a process that is told to stop. Only production has a load balancer that needs a second. */
export const stopLimits = (isProduction: boolean): ShutdownLimits => ({
  acceptMs: isProduction ? 1_000 : 0,
  lingerMs: isProduction ? 500 : 1_000,
  graceMs: 3_500,
});

/** The limits for a process that another one has replaced. It accepts nothing new, and slow clients have more time. */
export const retireLimits: ShutdownLimits = { acceptMs: 0, lingerMs: 2_000, graceMs: 30_000 };

/** How long no new connection must have arrived before the port is closed, and how long to wait for that at most. */
const QUIET_MS = 20;
const QUIET_WITHIN_MS = 500;

/** How long a client that is cut off may take to read the response that says so. */
const READ_WITHIN_MS = 200;

let stopping = false;

/** Returns true if this process stops soon, so that load balancers must send no more requests. */
export const isStopping = () => stopping;

/** Makes `/readyz` answer 503 from now on. */
export function announceStop(): void {
  stopping = true;
}

/**
 * Prepares a server to close without interrupting requests. Example: at SIGTERM, Ada's browser keeps an idle connection,
 * Bob's picture is being stored, Carol's program sends a form slowly, and another browser has opened a connection in
 * advance.
 * - Immediately: every response that starts now, including Bob's, sends `Connection: close`.
 * - After `acceptMs`, as soon as none has arrived for a moment: no new connections. Requests on Ada's connection still get
 *   a response for `lingerMs`.
 * - Then: connections without a request are closed, and Bob's connection as soon as he has his response.
 * - At the end of the grace period: Carol gets a 503 if her form is not complete, and all connections are closed.
 */
export function closeGently(server: Server): (limits: ShutdownLimits) => Promise<void> {
  const sockets = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  /** Number of bytes that a connection had received at the end of its last response. */
  const answered = new WeakMap<Socket, number>();
  let state: "open" | "lingering" | "closing" = "open";

  const closeQuiet = () => {
    const busy = new Set([...underWay].map(({ req }) => req.socket));
    for (const socket of sockets) {
      const hasBegun = socket.bytesRead > (answered.get(socket) ?? 0); // a part of the headers has arrived
      if (!busy.has(socket) && !hasBegun) socket.destroySoon();
    }
  };
  let connectedAt = 0;
  server.on("connection", (socket: Socket) => {
    connectedAt = performance.now();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.prependListener("request", ({ socket }, res) => {
    underWay.add(res);
    if (state !== "open") sayLast(res);
    res.once("close", () => {
      underWay.delete(res);
      answered.set(socket, socket.bytesRead);
      if (state === "closing") closeQuiet();
    });
  });

  return async ({ acceptMs, lingerMs, graceMs }) => {
    state = "lingering";
    for (const res of underWay) sayLast(res);
    const grace = setTimeout(() => cutOff(server, underWay), graceMs);
    if (acceptMs > 0) await sleep(acceptMs);
    await untilQuiet(() => connectedAt);
    const closed = new Promise((resolve) => TcpServer.prototype.close.call(server, resolve));
    const linger = setTimeout(() => {
      state = "closing";
      setImmediate(closeQuiet); // requests that have arrived are read first
    }, lingerMs);
    await closed;
    clearTimeout(linger);
    clearTimeout(grace);
  };
}

/**
 * Waits for a moment without new connections, because the supervisor drops those that it has accepted and not yet passed on
 * when the last web process closes the port.
 */
async function untilQuiet(getLatest: () => number): Promise<void> {
  const end = performance.now() + QUIET_WITHIN_MS;
  for (;;) {
    const before = getLatest();
    await sleep(QUIET_MS);
    await immediate(); // what has arrived while this process was busy
    if (getLatest() === before || performance.now() > end) return;
  }
}

/**
 * Marks a response as the last one on its connection. If its headers are already sent, closes the connection after it.
 */
function sayLast(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader("Connection", "close");
}

/** Closes all connections. Clients that still send their request are informed first: it had no effect. */
function cutOff(server: Server, underWay: Iterable<ServerResponse<IncomingMessage>>): void {
  for (const res of underWay) {
    if (res.headersSent || res.req.complete) continue;
    res.writeHead(503, { Connection: "close", "Content-Type": "text/plain; charset=utf-8", "Retry-After": "1" });
    res.end("The server is restarting. Please try again.\n");
  }
  setTimeout(() => server.closeAllConnections(), READ_WITHIN_MS);
}
