import type { Server, ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";

/** How long a server that stops waits: for a last request on kept connections, and for answers under way. */
const usual = { lingerMs: 1_000, graceMs: 10_000 };

/**
 * Prepares a server to be closed without cutting anybody off. Example: at SIGTERM, Ada's browser keeps a connection on
 * which nothing happens, Bob's picture is being stored, and a browser opened a connection in advance.
 * - At once: no new connections. Every answer that begins from now on, Bob's too, says `Connection: close`.
 * - For a second: what Ada sends on her connection is answered. Node's own `close` would have cut it.
 * - Then: connections without an answer under way are closed, Bob's as soon as he has his.
 * - After ten seconds: all others.
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

/** An answer that has begun can no longer say so; its connection is closed when it is through. */
function sayLast(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader("Connection", "close");
}
