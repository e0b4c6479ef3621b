import compressionOf from "compression";
import type { RequestHandler } from "express";

const compress = compressionOf();

/** Compresses answers for clients that can read it; the others pass by without its cost. */
export const compression: RequestHandler = (req, res, next) => {
  if (req.headers["accept-encoding"]) return compress(req, res, next);
  res.vary("Accept-Encoding");
  next();
};
