import { Types } from "mongoose";
import type { Place, Question } from "../lib/people-questions.js";
import { type Condition, conditionsOf } from "./people-conditions.js";
import { collationOf, indexOf, type Order, orders, type PathName, sortOf } from "./people-indexes.js";
import { User } from "./user.js";
import { isDate } from "./user-schema.js";

/** Where nothing is counted further. */
export const MOST_COUNTED = 1_000;
const BOUNDED = { maxTimeMS: 5_000 };

/** How a list is read: along an index past those who fit it, in the list's order, and by what to pick out of these. */
export type Walk = { order: Order; path: PathName; along: object[]; picking: object[] };

/** The walk that leads past the fewest people. Of several paths each is counted as far as a thousand. */
export async function walkOf(question: Question): Promise<Walk> {
  const order = orders[question.sort];
  const conditions = conditionsOf(question);
  const inOrder = conditions.filter(({ isAboutSeen }) => isAboutSeen && order.field === "lastLoginAt");
  const others = conditions.filter((one) => !inOrder.includes(one));
  const chosen = await rarest(
    others.filter(({ path }) => path),
    order,
  );
  const along = [...(chosen ? [chosen] : []), ...inOrder].map(({ fits }) => fits);
  const picking = others.filter((one) => one !== chosen).map(({ fits }) => fits);
  return { order, path: chosen?.path ?? "everyone", along, picking };
}

async function rarest(conditions: Condition[], order: Order): Promise<Condition | undefined> {
  if (conditions.length < 2) return conditions[0];
  const counts = await Promise.all(
    conditions.map(({ fits, path = "everyone" }) => countAlong({ order, path, along: [fits], picking: [] })),
  );
  return conditions[counts.indexOf(Math.min(...counts))];
}

/** How many people are along a walk, as far as this many. */
export async function countAlong(walk: Walk, most = MOST_COUNTED + 1): Promise<number> {
  return User.collection.countDocuments(both(walk.along), { limit: most, ...settings(walk) });
}

/** What every read of a walk is told: its index, its order of letters, and when to give up. */
export const settings = ({ path, order }: Walk) => ({ hint: indexOf(path, order), ...collationOf(order), ...BOUNDED });

/** The stages that go along a walk from a place on. */
export function stagesOf({ along, order }: Walk, place: Place): object[] {
  const backwards = place.at === "before" || place.at === "end";
  const ranges = beyond(order, place).map((range) => both([...along, range]));
  return [{ $match: ranges.length === 1 ? ranges[0] : { $or: ranges } }, { $sort: sortOf(order, backwards) }];
}

/** All of these at once. */
export const both = (conditions: object[]): object => (conditions.length === 0 ? {} : { $and: conditions });

/** What lies beyond somebody, as ranges of an index: those with the same value by their ids, then the rest. Null comes first. */
function beyond({ field, direction }: Order, place: Place): object[] {
  if (!("id" in place)) return [{}];
  const { value, at } = place;
  const isUp = (direction === 1) === (at === "after");
  const further = isUp ? "$gt" : "$lt";
  if (field === "username") return [{ username: { [further]: value } }];
  const same = { [field]: value, _id: { [further]: new Types.ObjectId(place.id) } };
  if (value === null) return isUp ? [same, { [field]: isDate }] : [same];
  return [same, { [field]: { [further]: value } }, ...(isUp ? [] : [{ [field]: null }])];
}
