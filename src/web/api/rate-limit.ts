import type { RequestHandler } from "express";
import { config } from "../../config/index.js";
import { TooManyRequests } from "../../errors.js";
import { consumeForNetworksInMemory, consumeInMemory } from "../../models/rate-limit.js";

const budget = { points: 600, durationSeconds: 60 };

/**
 * Limits the requests of one user, or of one network for anonymous requests, and reports the remaining number
 * (draft-ietf-httpapi-ratelimit-headers). Each process counts in memory, because a database write would cost more than
 * the request itself. Operations that attackers would target have budgets shared by all processes (web/rate-limits.ts).
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
