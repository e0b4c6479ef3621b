import compressionOf from "compression";
import type { RequestHandler } from "express";

const compress = compressionOf();

/** Compresses responses for clients that accept it. */
export const compression: RequestHandler = (req, res, next) => {
  if (req.headers["accept-encoding"]) return compress(req, res, next);
  res.vary("Accept-Encoding");
  next();
};
