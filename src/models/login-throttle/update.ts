import type { Types } from "mongoose";
import { SKEW_MS } from "../../lib/clock.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const DAY_MS = 24 * 60 * MINUTES;

/** The first lock, and the longest; each is twice as long as the one before. */
const FIRST_LOCK_MS = 30 * SECONDS;
const LONGEST_LOCK_MS = 15 * MINUTES;
const DOUBLINGS = 10;
/** The owner is not told before a right password had time to be recognised. */
const TELL_AFTER_MS = 30 * SECONDS;

/** From where tries are counted together, and how many are free. */
export type Place = { key: string; free: number };
type About = { user: Types.ObjectId | null; from: { ip: string; agent: string } };

const NEVER = new Date(0);
const filter = (input: string, cond: object) => ({ $filter: { input, cond } });

/** What is known of a place, as the pipeline finds it. */
function known({ key, free }: Place) {
  const entry = { $first: filter("$places", { $eq: ["$$this.key", { $literal: key }] }) };
  const field = (name: string, otherwise: unknown) => ({
    $ifNull: [{ $getField: { field: name, input: entry } }, otherwise],
  });
  return {
    key: { $literal: key },
    free,
    tries: { $add: [field("tries", 0), 1] },
    lockedUntil: field("lockedUntil", NEVER),
  };
}

/** The lock that begins with a try: none while tries are free, then growing, then capped. */
function lock(now: Date) {
  const doublings = { $min: [DOUBLINGS, { $subtract: ["$$this.tries", "$$this.free"] }] };
  const ms = { $min: [LONGEST_LOCK_MS, { $multiply: [FIRST_LOCK_MS, { $pow: [2, doublings] }] }] };
  return { $cond: [{ $lt: ["$$this.tries", "$$this.free"] }, NEVER, { $add: [now, ms] }] };
}

const someTried = (condition: object) => ({ $anyElementTrue: [{ $map: { input: "$tried", in: condition } }] });

/**
 * The update that counts a try from some places at once. It is refused if one of them is locked; a refused try changes
 * nothing, so nobody can make a lock longer by trying on. What is a day old does not count, nor what was counted while a clock
 * was ahead: such a lock would end with that time.
 */
export function counting(places: Place[], { user, from }: About, now: Date): object[] {
  const aDayLater = new Date(now.getTime() + DAY_MS);
  const others = filter("$places", { $not: [{ $in: ["$$this.key", "$tried.key"] }] });
  const counted = { key: "$$this.key", tries: "$$this.tries", lockedUntil: lock(now), forgottenAt: aDayLater };
  const latest = new Date(aDayLater.getTime() + SKEW_MS);
  const isKept = { $and: [{ $gt: ["$$this.forgottenAt", now] }, { $lte: ["$$this.forgottenAt", latest] }] };
  const toldLatest = new Date(now.getTime() + SKEW_MS);
  const wasTold = { $and: [{ $gt: ["$toldAt", new Date(now.getTime() - DAY_MS)] }, { $lte: ["$toldAt", toldLatest] }] };
  const tellAt = new Date(now.getTime() + TELL_AFTER_MS);
  const tells = user ? { $and: ["$isLast", { $not: [wasTold] }] } : false;
  return [
    { $set: { places: filter("$places", isKept) } },
    { $set: { places: { $ifNull: ["$places", []] } } },
    { $set: { tried: places.map(known) } },
    { $set: { isAllowed: { $not: [someTried({ $gt: ["$$this.lockedUntil", now] })] } } },
    { $set: { isLast: { $and: ["$isAllowed", someTried({ $gte: ["$$this.tries", "$$this.free"] })] } } },
    {
      $set: {
        user,
        places: {
          $cond: ["$isAllowed", { $concatArrays: [others, { $map: { input: "$tried", in: counted } }] }, "$places"],
        },
        expiresAt: { $cond: ["$isAllowed", aDayLater, "$expiresAt"] },
        from: { $cond: ["$isLast", { $literal: from }, "$from"] },
        tellAt: { $cond: [tells, { $min: ["$tellAt", tellAt] }, "$tellAt"] },
      },
    },
    { $unset: "tried" },
  ];
}
