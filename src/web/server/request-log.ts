import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { runForRequester } from "../../lib/async/requester.js";
import { getNetwork } from "../../lib/ip.js";
import { log } from "../../log.js";
import { removeSecrets } from "../secret-urls.js";

declare global {
  namespace Express {
    interface Request {
      /** Identifies this request in responses and in the log. */
      id: string;
    }
  }
}

/**
 * Gives each request an id (sent as X-Request-Id) and logs one line when the request is done. The path is logged
 * without the query, because searches contain names, and without the secret of a mailed link (ASVS V14.2.1, V16.2.5).
 */
export const logRequests: RequestHandler = (req, res, next) => {
  req.id = randomUUID();
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
  );
};
