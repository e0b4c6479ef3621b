import { Types } from "mongoose";
import type { Place, Question, Sort } from "../lib/people-questions.js";
import { type Condition, conditionsOf } from "./people-conditions.js";
import { collationOf, indexOf, isByName, type Order, orders, type PathName, sortOf } from "./people-indexes.js";
import { isDate } from "./untouched.js";
import { User } from "./user.js";

/** Where nothing is counted further, and how many people can be put in order in memory. */
export const MOST_COUNTED = 1_000;
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * How a list is read: along an index past those who fit it, and by what to pick out of these. Mostly the index is in the order
 * of the list; else those along it are few, and `gathered` to be put in order.
 */
export type Walk = { sort: Sort; order: Order; path: PathName; along: object[]; picking: object[]; gathered: boolean };

/**
 * The walk that leads past the fewest people. Of several paths each is counted as far as a thousand. The words of a search
 * have an index in the order of signing up alone: what is found more than a thousand times is walked in that order, whatever
 * was asked for.
 */
export async function walkOf(question: Question): Promise<Walk> {
  const { sort } = question;
  const order = orders[sort];
  const conditions = conditionsOf(question);
  const { chosen, count } = await rarest(conditions, order);
  const gathered = chosen?.path === "word" && order.field !== "createdAt";
  if (gathered && count > MOST_COUNTED) return walkOf({ ...question, sort: "newest" });
  const isAlong = (one: Condition) => one === chosen || (!gathered && inOrder(one, order));
  const along = conditions.filter(isAlong).map(({ fits }) => fits);
  const picking = conditions.filter((one) => !isAlong(one)).map(({ fits }) => fits);
  return { sort, order, path: chosen?.path ?? "everyone", along, picking, gathered };
}

/** Whether those who fit are next to each other in this order anyway. */
const inOrder = ({ isAboutSeen }: Condition, { field }: Order) => isAboutSeen === true && field === "lastLoginAt";

async function rarest(conditions: Condition[], order: Order): Promise<{ chosen?: Condition; count: number }> {
  const leading = conditions.filter((one) => one.path && !inOrder(one, order));
  const [first] = leading;
  if (!first) return { count: 0 };
  if (leading.length === 1 && (first.path !== "word" || order.field === "createdAt"))
    return { chosen: first, count: 0 };
  const counts = await Promise.all(leading.map(countOf));
  const count = Math.min(...counts);
  return { chosen: leading[counts.indexOf(count)] ?? first, count };
}

const countOf = ({ fits, path = "everyone" }: Condition) =>
  countAlong({ sort: "newest", order: orders.newest, path, along: [fits], picking: [], gathered: false });

/** How many people are along a walk, as far as this many. */
export async function countAlong(walk: Walk, most = MOST_COUNTED + 1): Promise<number> {
  return User.collection.countDocuments(both(walk.along), { limit: most, ...settings(walk) });
}

/** What every read of a walk is told: its index, its order of letters, and when to give up. */
export const settings = ({ path, order, gathered }: Walk) =>
  gathered
    ? { hint: indexOf(path, orders.newest), ...BOUNDED }
    : { hint: indexOf(path, order), ...collationOf(order), ...BOUNDED };

/** The stages that lead along a walk from a place on. @param most so many people are looked at, to pick out those who fit */
export function stagesOf(walk: Walk, place: Place, most?: number): object[] {
  const { order, along, picking } = walk;
  const picked = picking.length > 0 ? [{ $match: both(picking) }] : [];
  if (walk.gathered) return [{ $match: both(along) }, { $limit: MOST_COUNTED }, ...picked, ...sorted(order, place)];
  const ranges = beyond(order, place).map((range) => both([...along, range]));
  const bounded = most && picking.length > 0 ? [{ $limit: most }, ...picked] : picked;
  return [{ $match: any(ranges) }, { $sort: sortOf(order, isBackwards(place)) }, ...bounded];
}

/** Puts those who were gathered in order, and goes on from a place: usernames without regard to case, as their index does. */
function sorted(order: Order, place: Place): object[] {
  const byName = order.field === "username";
  const by = byName ? { ...order, field: "sortName" } : order;
  const from = byName && "id" in place ? { ...place, value: String(place.value).toLowerCase() } : place;
  return [
    ...(byName ? [{ $set: { sortName: { $toLower: "$username" } } }] : []),
    { $match: any(beyond(by, from)) },
    { $sort: sortOf(by, isBackwards(place)) },
  ];
}

const isBackwards = ({ at }: Place) => at === "before" || at === "end";

/** All of these at once. */
const both = (conditions: object[]): object => (conditions.length === 0 ? {} : { $and: conditions });
const any = (ranges: object[]): object => (ranges.length === 1 ? (ranges[0] ?? {}) : { $or: ranges });

/** What lies beyond somebody, as ranges of an index: those with the same value by their ids, then the rest. Null comes first. */
function beyond({ field, direction }: { field: string; direction: 1 | -1 }, place: Place): object[] {
  if (!("id" in place)) return [{}];
  const { value, at } = place;
  const isUp = (direction === 1) === (at === "after");
  const further = isUp ? "$gt" : "$lt";
  if (isByName(field)) return [{ [field]: { [further]: value } }];
  const same = { [field]: value, _id: { [further]: new Types.ObjectId(place.id) } };
  if (value === null) return isUp ? [same, { [field]: isDate }] : [same];
  return [same, { [field]: { [further]: value } }, ...(isUp ? [] : [{ [field]: null }])];
}
