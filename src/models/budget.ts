import mongoose from "mongoose";
import { RateLimiterMemory, RateLimiterMongo, RateLimiterRes } from "rate-limiter-flexible";
import { SKEW_MS } from "../lib/clock.js";

/** How often something may be done, in how long. */
export type Budget = { points: number; durationSeconds: number };

const limiters = new Map<string, RateLimiterMongo>();

function limiter(name: string, { points, durationSeconds }: Budget): RateLimiterMongo {
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
export async function takeFrom(name: string, key: string, budget: Budget): Promise<number | null> {
  const refusal = await consume(name, key, budget);
  if (refusal === null || refusal <= budget.durationSeconds * 1000 + SKEW_MS) return refusal;
  await limiter(name, budget).delete(key); // counted while a clock was ahead: it would be spent until that time comes
  return consume(name, key, budget);
}

async function consume(name: string, key: string, budget: Budget): Promise<number | null> {
  try {
    await limiter(name, budget).consume(key);
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext;
    throw refusal;
  }
}

const counters = new Map<string, RateLimiterMemory>();

/**
 * Takes one from a budget of this process alone, which costs nothing.
 * @returns how many are left, below zero when there was none, and in how many milliseconds there is the whole budget again
 */
export async function countHere(name: string, key: string, { points, durationSeconds }: Budget) {
  let counter = counters.get(name);
  if (!counter) {
    counter = new RateLimiterMemory({ keyPrefix: name, points, duration: durationSeconds });
    counters.set(name, counter);
  }
  const { consumedPoints, msBeforeNext } = await counter.consume(key).catch((refusal: RateLimiterRes) => refusal);
  return { left: points - consumedPoints, msBeforeNext };
}
