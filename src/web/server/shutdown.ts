import type { Server, ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";

/** How long a stopping server waits for new requests on open connections, and for responses in progress. */
const usual = { lingerMs: 1_000, graceMs: 10_000 };

/**
 * Prepares a server to close without interrupting requests. Example: at SIGTERM, Ada's browser keeps an idle connection,
 * Bob's picture is being stored, and another browser has opened a connection in advance.
 * - Immediately: no new connections. Every response that starts now, including Bob's, sends `Connection: close`.
 * - For one second: requests on Ada's connection still get a response. Node's own `close` would close it at once.
 * - Then: connections without a response in progress are closed, and Bob's connection as soon as he has his response.
 * - After ten seconds: all remaining connections are closed.
 */
export function closeGently(server: Server, limits = usual): () => Promise<void> {
  const sockets = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  let state: "open" | "lingering" | "closing" = "open";

  const closeQuiet = () => {
    const busy = new Set([...underWay].map(({ req }) => req.socket));
    for (const socket of sockets) if (!busy.has(socket)) socket.destroySoon();
  };
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.prependListener("request", (_req, res) => {
    underWay.add(res);
    if (state !== "open") sayLast(res);
    res.once("close", () => {
      underWay.delete(res);
      if (state === "closing") closeQuiet();
    });
  });

  return async () => {
    state = "lingering";
    for (const res of underWay) sayLast(res);
    const closed = new Promise((resolve) => TcpServer.prototype.close.call(server, resolve));
    const linger = setTimeout(() => {
      state = "closing";
      closeQuiet();
    }, limits.lingerMs);
    const grace = setTimeout(() => server.closeAllConnections(), limits.graceMs);
    await closed;
    clearTimeout(linger);
    clearTimeout(grace);
  };
}

/**
 * Marks a response as the last one on its connection. If its headers are already sent, closes the connection after it.
 */
function sayLast(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader("Connection", "close");
}
