import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { runForRequester } from "../../lib/async/requester.js";
import { getNetwork } from "../../lib/network/ip.js";
import { readTraceId } from "../../lib/text/trace-context.js";
import { log } from "../../log.js";
import { removeSecrets } from "../secret-urls.js";

declare global {
  namespace Express {
    interface Request {
      /** Identifies this request in responses and in the log; a trace id, if it belongs to a trace. */
      id: string;
    }
  }
}

/**
 * Gives each request an id (sent as X-Request-Id): the id of the trace that a proxy or a client has begun, or a new one.
 * A well-formed trace id is as harmless as ours, because nothing is decided by it. Logs one line when the request is done. The path is logged
 * without the query, because searches contain names, and without the secret of a mailed link (ASVS V14.2.1, V16.2.5).
 */
export const logRequests: RequestHandler = (req, res, next) => {
  req.id = readTraceId(req.headers.traceparent) ?? randomUUID();
  res.setHeader("X-Request-Id", req.id);
  const began = performance.now();
  const { method, ip } = req;
  const path = removeSecrets(req.path);
  res.once("close", () => {
    const ms = Math.round(performance.now() - began);
    const line = {
      request: req.id,
      method,
      path,
      status: res.statusCode,
      ms,
      ip,
      user: req.user?.id,
      impersonator: req.impersonator?.id,
    };
    log.info(res.writableFinished ? line : { ...line, aborted: true }, "request");
  });
  runForRequester(
    {
      get network() {
        return getNetwork(ip ?? "");
      },
      get person() {
        return req.user?.id ?? null;
      },
    },
    next,
    req.id,
  );
};
