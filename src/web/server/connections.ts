import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Express } from "express";
import { createRequestClasses } from "./prototypes.js";

const SECONDS = 1_000;

/** Limits for slow clients. */
export type ConnectionLimits = {
  /** Time for the headers of a request. */
  headersMs: number;
  /** How long a client may stop sending before its body is aborted. */
  idleMs: number;
  /** Time limit for a body. Each `bytesPerSecond` bytes received add one second. */
  graceMs: number;
  bytesPerSecond: number;
  /** Longer than proxies and browsers keep idle connections (nginx: 60 s), so that they close them first. */
  keepAliveMs: number;
  /** After a response that was sent before the end of the body, the rest of the body is read for this long. */
  lingerMs: number;
  /** How often the server checks for slow clients. */
  lookEveryMs: number;
};

export const usualLimits: ConnectionLimits = {
  headersMs: 15 * SECONDS,
  idleMs: 10 * SECONDS,
  graceMs: 15 * SECONDS,
  bytesPerSecond: 4_000,
  keepAliveMs: 75 * SECONDS,
  lingerMs: 30 * SECONDS, // like lingering_time of nginx
  lookEveryMs: 1 * SECONDS,
};

/**
 * Creates a server that waits for slow clients, but not for clients that hold a connection on purpose (slowloris). A
 * limit for the whole request cannot do both. Example: a picture of 4 MB arrives at 80 kB per second. This takes 50
 * seconds, and the limit is 15 + 4,000,000 / 4,000 = 1,015 seconds. A body that sends one byte per second is aborted
 * after 15 seconds (like RequestReadTimeout of Apache).
 */
export function createHttpServer(app: RequestListener | Express, limits = usualLimits): Server {
  const options = {
    ...("request" in app && createRequestClasses(app)),
    requestTimeout: 0, // replaced by `watchBodies`
    headersTimeout: limits.headersMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.lookEveryMs,
    maxHeaderSize: 16_384,
  };
  const server = createServer(options, app);
  watchBodies(server, limits);
  closeAfterBodies(server, limits);
  return server;
}

/** A request body that is being received. */
type Body = { req: IncomingMessage; res: ServerResponse; read: number; received: number; ms: number; idleMs: number };

function watchBodies(server: Server, limits: ConnectionLimits): void {
  const bodies = new Set<Body>();
  const timer = setInterval(() => {
    for (const body of bodies) {
      if (body.req.complete || body.req.socket.destroyed) bodies.delete(body);
      else if (isTooSlow(body, limits)) cutOff(body);
    }
  }, limits.lookEveryMs).unref();
  server.once("close", () => clearInterval(timer));
  server.prependListener("request", (req, res) => {
    if (!hasBody(req)) return;
    bodies.add({ req, res, read: req.socket.bytesRead, received: 0, ms: 0, idleMs: 0 });
  });
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/**
 * Returns true if a client sends too slowly. Counts only the time in which the server reads: a paused body is not slow.
 */
function isTooSlow(body: Body, { lookEveryMs, idleMs, graceMs, bytesPerSecond }: ConnectionLimits): boolean {
  const { bytesRead } = body.req.socket;
  const came = bytesRead - body.read;
  body.read = bytesRead;
  body.received += came;
  if (body.req.readableFlowing !== true) return false;
  body.ms += lookEveryMs;
  body.idleMs = came > 0 ? 0 : body.idleMs + lookEveryMs;
  return body.idleMs >= idleMs || body.ms > graceMs + (body.received / bytesPerSecond) * SECONDS;
}

/**
 * Makes sure that clients get a response that is sent before the end of their body, such as "too large". Without
 * keep-alive, Node closes the connection right after the response. Data that the client sends after that resets the
 * connection, and the client may never read the response. So only our side is closed, and the rest of the body is read
 * and discarded for a while (RFC 9112, section 9.6). `watchBodies` aborts clients that send the rest too slowly. The
 * same applies to connections with keep-alive if the handler stopped reading in the middle of a body.
 */
function closeAfterBodies(server: Server, { lingerMs }: ConnectionLimits): void {
  const bodies = new WeakMap<Socket, IncomingMessage>();
  server.on("connection", (socket) => {
    const close = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      const req = bodies.get(socket);
      if (!req || req.complete || socket.destroyed) return close();
      req.once("end", close);
      socket.end();
    };
  });
  server.prependListener("request", (req, res) => {
    if (!hasBody(req)) return;
    bodies.set(req.socket, req);
    res.once("finish", () => {
      if (req.complete) return;
      req.resume();
      const timer = setTimeout(() => req.socket.destroy(), lingerMs).unref();
      req.once("close", () => clearTimeout(timer));
    });
  });
}

function cutOff({ req, res }: Body): void {
  if (res.headersSent) {
    req.socket.destroy();
    return;
  }
  res.writeHead(408, { Connection: "close", "Content-Type": "text/plain; charset=utf-8" });
  res.end("The request came too slowly. Please try again.\n");
}
