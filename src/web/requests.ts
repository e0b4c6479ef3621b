import { randomUUID } from "node:crypto";
import type { Request } from "express";
import { pinoHttp } from "pino-http";
import { log } from "../log.js";

/** Gives each request an id (answered as X-Request-Id) and writes one line about it when it is done. */
export const requests = pinoHttp({
  logger: log,
  genReqId(_req, res) {
    const id = randomUUID();
    res.setHeader("X-Request-Id", id);
    return id;
  },
  // The path without its query: links may carry secrets, searches may carry names (ASVS V14.2.1, V16.2.5).
  serializers: {
    req: (req: { id: string; method: string; url: string }) => ({ id: req.id, method: req.method, path: req.url.split("?")[0] }),
    res: (res: { statusCode: number }) => ({ status: res.statusCode }),
  },
  customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? "error" : "info"),
  customProps: (req) => ({ ip: (req as Request).ip, user: (req as Request).user?.id }),
});
