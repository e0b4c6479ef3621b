import mongoose from "mongoose";
import { RateLimiterMemory, RateLimiterMongo, RateLimiterRes } from "rate-limiter-flexible";
import { SKEW_MS } from "../lib/clock.js";
import { listNetworks } from "../lib/ip.js";

/** A budget allows `points` actions per `durationSeconds`. */
export type RateLimit = { points: number; durationSeconds: number };

const limiters = new Map<string, RateLimiterMongo>();

function limiter(name: string, { points, durationSeconds }: RateLimit): RateLimiterMongo {
  const known = limiters.get(name);
  if (known) return known;
  const storeClient = mongoose.connection.getClient();
  const options = { storeClient, dbName: mongoose.connection.name, tableName: "limits", keyPrefix: name };
  const made = new RateLimiterMongo({ ...options, points, duration: durationSeconds });
  limiters.set(name, made);
  return made;
}

/**
 * Takes one point from a budget that all processes share.
 * @param name name of the budget; a name must always have the same `budget`
 * @param key whose point is taken
 * @returns null if a point was left, otherwise the milliseconds until the next one
 */
export async function consume(name: string, key: string, budget: RateLimit): Promise<number | null> {
  const refusal = await consumePoint(name, key, budget);
  if (refusal === null || refusal <= budget.durationSeconds * 1000 + SKEW_MS) return refusal;
  await limiter(name, budget).delete(key); // a clock was ahead; the block would last too long
  return consumePoint(name, key, budget);
}

async function consumePoint(name: string, key: string, budget: RateLimit): Promise<number | null> {
  try {
    await limiter(name, budget).consume(key);
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext;
    throw refusal;
  }
}

/**
 * Takes one point from the budget of a client's network, and one from each larger network, whose budget is a multiple
 * of it. Without the larger networks, the owner of an IPv6 /48 would have 65,536 budgets. A request that a smaller
 * network refuses does not count for larger networks, so that nobody can use up a neighbour's budget.
 * @returns as `consume`
 */
export async function consumeForNetworks(name: string, ip: string, { points, durationSeconds }: RateLimit) {
  for (const { name: network, times } of listNetworks(ip)) {
    const budget = { points: points * times, durationSeconds };
    const pauseMs = await consume(times === 1 ? name : `${name}-${times}`, network, budget);
    if (pauseMs !== null) return pauseMs;
  }
  return null;
}

const counters = new Map<string, RateLimiterMemory>();

/**
 * Takes one point from a budget in the memory of this process, without a database call.
 * @returns the number of points left (negative if there was none), and the milliseconds until the budget is full again
 */
export async function consumeInMemory(name: string, key: string, { points, durationSeconds }: RateLimit) {
  let counter = counters.get(name);
  if (!counter) {
    counter = new RateLimiterMemory({ keyPrefix: name, points, duration: durationSeconds });
    counters.set(name, counter);
  }
  const { consumedPoints, msBeforeNext } = await counter.consume(key).catch((refusal: RateLimiterRes) => refusal);
  return { left: points - consumedPoints, msBeforeNext };
}

/** Like `consumeForNetworks`, but in memory. Returns the lowest rest among the budgets of the networks. */
export async function consumeForNetworksInMemory(name: string, ip: string, { points, durationSeconds }: RateLimit) {
  let least = { left: points, msBeforeNext: 0 };
  for (const { name: network, times } of listNetworks(ip)) {
    const budget = { points: points * times, durationSeconds };
    const counted = await consumeInMemory(times === 1 ? name : `${name}-${times}`, network, budget);
    if (times === 1 || counted.left < least.left) least = counted;
    if (counted.left < 0) break;
  }
  return least;
}
