import mongoose from "mongoose";
import { RateLimiterMemory, RateLimiterMongo, RateLimiterRes } from "rate-limiter-flexible";
import { SKEW_MS } from "../lib/clock.js";
import { listNetworks } from "../lib/ip.js";

/** How often something may be done, in how long. */
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
 * Takes one from a budget that all processes share.
 * @param name the budget; the same name always comes with the same budget
 * @param key whose share of it
 * @returns null when there was one left, else the milliseconds until there is again
 */
export async function consume(name: string, key: string, budget: RateLimit): Promise<number | null> {
  const refusal = await consumePoint(name, key, budget);
  if (refusal === null || refusal <= budget.durationSeconds * 1000 + SKEW_MS) return refusal;
  await limiter(name, budget).delete(key); // counted while a clock was ahead: it would be spent until that time comes
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
 * Takes one from the budget of a client's network, and one from that of each larger network it is in, which is a multiple of it: else the
 * owner of an IPv6 /48 has 65,536 budgets. What a smaller network refuses does not count against the larger ones: nobody uses up
 * the budget of their neighbours. @returns as `consume`
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
 * Takes one from a budget of this process alone, which costs nothing.
 * @returns how many are left, below zero when there was none, and in how many milliseconds there is the whole budget again
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

/** The same for a client's networks, as `consumeForNetworks`; answers what is left of the one that has least. */
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
