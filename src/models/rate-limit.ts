import { model, mongo, Schema } from "mongoose";
import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { isDuplicate } from "../database/errors.js";
import { writeTogether } from "../database/write-together.js";
import { SKEW_MS } from "../lib/clock.js";
import { loadLater } from "../lib/load-later.js";
import { listNetworks } from "../lib/network/ip.js";

/** A budget allows `points` actions per `durationSeconds`, which begin with the first action. */
export type RateLimit = { points: number; durationSeconds: number };

const schema = new Schema(
  {
    /** Name of the budget and whose it is. */
    key: { type: String, required: true },
    /** Number of points that were taken. */
    points: { type: Number, required: true },
    /** When the budget is full again. */
    expire: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ key: 1 }, { unique: true });
schema.index({ expire: -1 }, { expireAfterSeconds: 0 });

const limits = model("RateLimit", schema, "limits");

/** The collection of the budgets. */
export { limits as RateLimits };

/** A budget from which a point is taken. */
type Taking = RateLimit & { key: string };

/**
 * Takes one point from a budget that all processes share.
 * @param name name of the budget; a name must always have the same `budget`
 * @param key whose point is taken
 * @returns null if a point was left, otherwise the milliseconds until the next one
 */
export const consume = (name: string, key: string, budget: RateLimit): Promise<number | null> =>
  take([{ key: `${name}:${key}`, ...budget }]);

/**
 * Takes one point from the budget of a client's network, and one from each larger network, whose budget is a multiple
 * of it. Without the larger networks, the owner of an IPv6 /48 would have 65,536 budgets. A request that a smaller
 * network refuses does not count for larger networks, so that nobody can use up a neighbour's budget.
 * @returns as `consume`
 */
export const consumeForNetworks = (name: string, ip: string, { points, durationSeconds }: RateLimit) =>
  take(
    listNetworks(ip).map(({ name: network, times }) => ({
      key: `${times === 1 ? name : `${name}-${times}`}:${network}`,
      points: points * times,
      durationSeconds,
    })),
  );

/**
 * Takes one point from each budget in turn, until one has none left, with one command. Example: the address has taken 4
 * of 30 points, and its /24 all of 480:
 *
 * | statement                             | matches             | result                                             |
 * | ------------------------------------- | ------------------- | -------------------------------------------------- |
 * | address, points < 30, not expired: +1 | its document        | 5 points                                           |
 * | /24, points < 480, not expired: +1    | nothing, so inserts | the unique index on `key` refuses a second document |
 *
 * The command ends at the refusal, and says at which statement. Each statement is atomic, so concurrent requests cannot
 * take more points than there are.
 * @returns as `consume`
 */
async function take(takings: Taking[]): Promise<number | null> {
  for (let from = 0; from < takings.length; ) {
    const refused = await takeInOrder(takings.slice(from));
    if (refused === null) return null;
    from += refused;
    const pauseMs = await getPause(takings[from] as Taking);
    if (pauseMs !== null) return pauseMs;
  }
  return null;
}

/** Returns the position of the budget that refused, or null. */
async function takeInOrder(takings: Taking[]): Promise<number | null> {
  const now = Date.now();
  const statements = takings.map(({ key, points, durationSeconds }) => ({
    updateOne: {
      filter: { key, points: { $lt: points }, expire: { $gt: new Date(now) } },
      update: { $inc: { points: 1 }, $setOnInsert: { expire: new Date(now + durationSeconds * 1000) } },
      upsert: true,
    },
  }));
  try {
    const [only, ...others] = statements;
    if (only && others.length === 0) await writeTogether(limits.collection, only);
    else await limits.collection.bulkWrite(statements, { ordered: true });
    return null;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return error instanceof mongo.MongoBulkWriteError ? ([error.writeErrors].flat()[0]?.index ?? 0) : 0;
  }
}

/**
 * Returns the milliseconds until a budget has points again; null if it has some now. A budget that has expired and was
 * not deleted yet is filled, and so is one that would last too long, because a clock was ahead.
 */
async function getPause({ key, points, durationSeconds }: Taking): Promise<number | null> {
  const found = await limits.collection.findOne<{ points: number; expire: Date }>({ key });
  const now = Date.now();
  const pauseMs = found ? found.expire.getTime() - now : 0;
  if (!found || (found.points < points && pauseMs > 0)) return null; // another request was faster
  if (pauseMs > 0 && pauseMs <= durationSeconds * 1000 + SKEW_MS) return pauseMs;
  const full = { points: 0, expire: new Date(now + durationSeconds * 1000) };
  await limits.collection.updateOne({ key, expire: found.expire }, { $set: full });
  return null;
}

// The package itself would load its classes for a dozen databases.
const memory = loadLater<typeof RateLimiterMemory>("rate-limiter-flexible/lib/RateLimiterMemory.js", {
  isExpected: true,
});
const counters = new Map<string, RateLimiterMemory>();

/**
 * Takes one point from a budget in the memory of this process, without a database call.
 * @returns the number of points left (negative if there was none), and the milliseconds until the budget is full again
 */
export async function consumeInMemory(name: string, key: string, { points, durationSeconds }: RateLimit) {
  let counter = counters.get(name);
  if (!counter) {
    counter = new (memory())({ keyPrefix: name, points, duration: durationSeconds });
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
