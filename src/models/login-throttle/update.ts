import type { Types } from "mongoose";
import { SKEW_MS } from "../../lib/clock.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const DAY_MS = 24 * 60 * MINUTES;

/** The first and the longest lockout. Each lockout is twice as long as the previous one. */
const FIRST_LOCK_MS = 30 * SECONDS;
const LONGEST_LOCK_MS = 15 * MINUTES;
/** Keeps the power of two within the range of a number. The longest lockout is reached earlier. */
const MOST_DOUBLINGS = 10;
/** Delay before the owner is notified. A correct password within this time cancels the notification. */
const TELL_AFTER_MS = 30 * SECONDS;

/** A group of attempts that are counted together, with the number of free attempts. */
export type ThrottleSource = { key: string; free: number };
type About = { user: Types.ObjectId | null; from: { ip: string; agent: string }; isFactor: boolean };
type Expression = object | string;

const NEVER = new Date(0);

/**
 * The lockout rule. One update counts an attempt for several sources (this network, everywhere) before its password is
 * checked. The update is atomic, so concurrent attempts cannot exceed the budget. Example: wrong passwords from one
 * network with five free attempts, for an account without earlier attempts:
 *
 * | at       | counted as | isAllowed | isLast | locked until | tellAt   |
 * | -------- | ---------- | --------- | ------ | ------------ | -------- |
 * | 12:00:00 | 1          | yes       | no     | -            | -        |
 * | 12:00:05 | 2          | yes       | no     | -            | -        |
 * | 12:00:10 | 3          | yes       | no     | -            | -        |
 * | 12:00:15 | 4          | yes       | no     | -            | -        |
 * | 12:00:20 | 5          | yes       | yes    | 12:00:50     | 12:00:50 |
 * | 12:00:30 | -          | no        | no     | 12:00:50     | 12:00:50 |
 * | 12:01:00 | 6          | yes       | yes    | 12:02:00     | 12:00:50 |
 * | 12:03:00 | 7          | yes       | yes    | 12:05:00     | 12:00:50 |
 *
 * - An attempt is refused if one of its sources is locked out. It changes no count, so nobody can prolong a lockout.
 * - A source expires a day after its last counted attempt, or immediately if a clock was ahead when it was counted.
 * - The owner is notified at most once a day. Attempts at a name without an account cause no notification.
 *
 * test/models/login-throttle.test.ts checks this table.
 */
export function buildThrottleUpdate(places: ThrottleSource[], { user, from, isFactor }: About, now: Date): object[] {
  const expiresAt = after(now, DAY_MS);
  return [
    { $set: { places: stillCounted(now) } },
    { $set: { tried: places.map(withThisAttempt) } },
    { $set: { isAllowed: not(anyTried(gt("$$this.lockedUntil", now))) } },
    { $set: { isLast: and("$isAllowed", anyTried(gte("$$this.tries", "$$this.free"))) } },
    {
      $set: {
        user,
        isFactor,
        places: when("$isAllowed", placesAfterwards(now), "$places"),
        expiresAt: when("$isAllowed", expiresAt, "$expiresAt"),
        from: when("$isLast", { $literal: from }, "$from"),
        tellAt: when(user ? tellsOwner(now) : false, earlier("$tellAt", after(now, TELL_AFTER_MS)), "$tellAt"),
      },
    },
    { $unset: "tried" },
  ];
}

/** Returns the sources that have not expired. */
function stillCounted(now: Date): object {
  const latest = after(now, DAY_MS + SKEW_MS);
  const input = { $ifNull: ["$places", []] };
  return filter(input, and(gt("$$this.forgottenAt", now), lte("$$this.forgottenAt", latest)));
}

/** Returns a source of this attempt: its stored values plus one attempt. */
function withThisAttempt({ key, free }: ThrottleSource): object {
  const stored = { $first: filter("$places", { $eq: ["$$this.key", { $literal: key }] }) };
  const get = (field: string, otherwise: unknown) => ({
    $ifNull: [{ $getField: { field, input: stored } }, otherwise],
  });
  const tries = { $add: [get("tries", 0), 1] };
  return { key: { $literal: key }, free, tries, lockedUntil: get("lockedUntil", NEVER) };
}

/** Returns the sources of this attempt with their new counts, and all others unchanged. */
function placesAfterwards(now: Date): object {
  const others = filter("$places", not({ $in: ["$$this.key", "$tried.key"] }));
  const counted = {
    key: "$$this.key",
    tries: "$$this.tries",
    lockedUntil: lockedUntil(now),
    forgottenAt: after(now, DAY_MS),
  };
  return { $concatArrays: [others, { $map: { input: "$tried", in: counted } }] };
}

/**
 * Returns no lockout while attempts are free. Then it starts with 30 seconds and doubles with each attempt, up to 15
 * minutes.
 */
function lockedUntil(now: Date): object {
  const doublings = { $min: [MOST_DOUBLINGS, { $subtract: ["$$this.tries", "$$this.free"] }] };
  const ms = { $min: [LONGEST_LOCK_MS, { $multiply: [FIRST_LOCK_MS, { $pow: [2, doublings] }] }] };
  return when(gte("$$this.tries", "$$this.free"), { $add: [now, ms] }, NEVER);
}

/**
 * True if a lockout starts and the owner was not notified within a day. A notification time in the future does not
 * count.
 */
function tellsOwner(now: Date): object {
  return and("$isLast", not(and(gt("$toldAt", after(now, -DAY_MS)), lte("$toldAt", after(now, SKEW_MS)))));
}

const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

// MongoDB operators that the rule uses.
const and = (...conditions: Expression[]) => ({ $and: conditions });
const not = (condition: Expression) => ({ $not: [condition] });
const gt = (one: Expression, other: Expression) => ({ $gt: [one, other] });
const gte = (one: Expression, other: Expression) => ({ $gte: [one, other] });
const lte = (one: Expression, other: Expression) => ({ $lte: [one, other] });
const when = (condition: Expression | boolean, then: Expression, otherwise: Expression) => ({
  $cond: [condition, then, otherwise],
});
/** The earlier of two times. Missing values are ignored. */
const earlier = (one: Expression, other: Expression) => ({ $min: [one, other] });
const filter = (input: Expression, cond: object) => ({ $filter: { input, cond } });
const anyTried = (condition: object) => ({ $anyElementTrue: [{ $map: { input: "$tried", in: condition } }] });
