import crossOrigin from "cors";
import type { RequestHandler } from "express";
import { config } from "../../config/index.js";
import { isApi } from "../pages/problem-json.js";

const allow = crossOrigin({
  origin: config.apiOrigins,
  methods: ["GET", "POST", "PATCH", "DELETE"],
  allowedHeaders: ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
  exposedHeaders: ["ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
  maxAge: 600,
});

/**
 * Lets pages of the origins in API_ORIGINS call the API from a browser, but never with cookies. Allows no origin by
 * default.
 */
export const cors: RequestHandler = (req, res, next) => {
  if (config.apiOrigins.length > 0 && isApi(req)) allow(req, res, next);
  else next();
};
