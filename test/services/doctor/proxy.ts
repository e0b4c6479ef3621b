import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { after } from "node:test";

type Options = {
  /** How it changes X-Forwarded-For. */
  forwards?: "append" | "replace" | "nothing" | "delete";
  /** The Host header that the next server gets, if not the client's. */
  host?: string;
  /** Ends TLS with this certificate. */
  tls?: { key: string; cert: string };
  /** Headers that it sets in responses; undefined deletes one. */
  sets?: Record<string, string | undefined>;
};

/** A small proxy on the loopback interface. Returns its port. */
export async function proxy(target: number, options: Options = {}): Promise<number> {
  const handle = (req: IncomingMessage, res: ServerResponse) => pass(req, res, target, options);
  const server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

function pass(req: IncomingMessage, res: ServerResponse, port: number, options: Options): void {
  const headers = forward(req, options);
  const sent = request({ host: "127.0.0.1", port, path: req.url, method: req.method, headers }, (answer) => {
    const changed = Object.entries({ ...answer.headers, ...options.sets }).filter(([, value]) => value !== undefined);
    res.writeHead(answer.statusCode ?? 502, Object.fromEntries(changed) as Record<string, string>);
    answer.pipe(res);
  });
  sent.on("error", () => res.writeHead(502).end("Bad gateway"));
  sent.end();
}

function forward({ headers, socket }: IncomingMessage, { forwards = "append", host }: Options): IncomingHttpHeaders {
  const { "x-forwarded-for": before, ...others } = headers;
  const client = socket.remoteAddress ?? "";
  const after = {
    append: before ? `${before}, ${client}` : client,
    replace: client,
    nothing: before,
    delete: undefined,
  };
  const value = after[forwards];
  return { ...others, ...(value && { "x-forwarded-for": String(value) }), ...(host && { host }) };
}
