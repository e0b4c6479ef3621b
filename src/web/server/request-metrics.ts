import type { RequestHandler } from "express";
import { countRequest } from "../../metrics/requests.js";

/** Measures each request until its response has ended or was cut off. */
export const measureRequests: RequestHandler = (req, res, next) => {
  const began = performance.now();
  const { method } = req; // HEAD becomes GET on the way
  res.once("close", () => {
    const status = res.writableFinished ? res.statusCode : null;
    countRequest(req.routePattern ?? "none", method, status, (performance.now() - began) / 1_000);
  });
  next();
};
