import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** A request that a receiver got. */
export type Received = { headers: IncomingHttpHeaders; body: string };
type Answer = (res: ServerResponse, received: Received) => void;
const accept: Answer = (res) => res.writeHead(204).end();

/** Starts a program that receives events. It accepts all of them, until `answer` is replaced. */
export async function receiver() {
  const state = { received: [] as Received[], answer: accept };
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const part of req) body += part;
    const one = { headers: req.headers, body };
    state.received.push(one);
    state.answer(res, one);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}/events`, port });
}
