import type { RequestHandler } from "express";
import { config } from "../../config/index.js";
import { TooManyRequests } from "../../errors.js";
import { consumeForNetworksInMemory, consumeInMemory } from "../../models/rate-limit.js";

const budget = { points: 600, durationSeconds: 60 };

/**
 * Limits the requests of one user, or of one network for anonymous requests, to this process, and reports what is left
 * (draft-ietf-httpapi-ratelimit-headers). Counts in memory, because a database write per request would cost more than the
 * request; operations worth attacking have their own budgets, shared by all processes (web/rate-limits.ts).
 */
export const rateLimit: RequestHandler = async (req, res, next) => {
  const person = req.user?.id;
  const counted = person
    ? consumeInMemory("api", person, budget)
    : consumeForNetworksInMemory("api", req.ip ?? "", budget);
  const { left, msBeforeNext } = await counted;
  const seconds = Math.ceil(msBeforeNext / 1000);
  res.setHeader("RateLimit-Policy", `"default";q=${budget.points};w=${budget.durationSeconds}`);
  res.setHeader("RateLimit", `"default";r=${Math.max(0, left)};t=${seconds}`);
  next(left < 0 && config.rateLimits ? new TooManyRequests(seconds) : undefined);
};
