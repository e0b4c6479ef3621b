import { Types } from "mongoose";
import type { Place, Question, Sort } from "../../../definitions/user-filters.js";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";
import { type Filter, filtersOf } from "./filters.js";
import { collationOf, everyoneBy, type IndexName, isByName, type Order, orders, sortOf } from "./indexes.js";

/** How many users are sorted in memory, and counted. */
export const MOST_SORTED = 1_000;
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * How a question is answered (docs/decisions/0026-index-of-people.md). `found` is what an index is asked for, `checks` what is
 * compared with the accounts that it finds. Three examples of a million users:
 *
 * - "hopper, disabled, by username": 40 words begin with hopper, so these are read, checked for "disabled" and sorted in memory.
 * - "anna, newest first": more than a thousand fit. The index gives those with "ann" in the order of signing up; "anna" is checked.
 * - "anna, by username": no index has these in that order. The list comes newest first, as above, and says so.
 */
export type Plan = {
  sort: Sort;
  order: Order;
  index: IndexName;
  found: object[];
  checks: object[];
  /** The found are few: all are read and sorted in memory. Otherwise the index has them in order. */
  isSmall: boolean;
  /** How many fit, as far as that is known: more than a thousand is a thousand and one. */
  known: number | null;
};

/** Chooses how to answer a question: few are sorted, many are read in the order of an index. */
export async function planFor(question: Question): Promise<Plan> {
  const { sort } = question;
  const order = orders[sort];
  const filters = filtersOf(question);
  const { rarest, count } = await findRarest(filters);
  const plan = { sort, order, known: filters.length === 1 && rarest ? count : null, isSmall: false };
  const others = (match?: object) => filters.filter((one) => one.match !== match).map((one) => one.match);
  const isInOrder = ({ scan }: Filter) => scan?.field === order.field;
  if (rarest && count <= MOST_SORTED && !(isInOrder(rarest) && rarest.scan?.match === rarest.match))
    return { ...plan, index: rarest.index, found: [rarest.match], checks: others(rarest.match), isSmall: true };
  const ordered = rarest && isInOrder(rarest) ? rarest : filters.filter(hasIndex).find(isInOrder);
  if (ordered?.scan) {
    const { index, match } = ordered.scan;
    return { ...plan, index, found: [match], checks: others(match) };
  }
  if (rarest && order.field !== "createdAt") return planFor({ ...question, sort: "newest" });
  return { ...plan, index: everyoneBy(order), found: [], checks: others() };
}

type Indexed = Filter & { index: IndexName };
const hasIndex = (filter: Filter): filter is Indexed => filter.index !== undefined;

/** The filter that the fewest users match, of those with an index, and how many do, up to a thousand and one. */
async function findRarest(filters: Filter[]): Promise<{ rarest?: Indexed | undefined; count: number }> {
  const indexed = filters.filter(hasIndex);
  const counts = await Promise.all(indexed.map(countUpTo));
  const count = Math.min(...counts);
  return { rarest: indexed[counts.indexOf(count)], count };
}

const countUpTo = ({ match, index }: Indexed): Promise<number> =>
  User.collection.countDocuments(match, { limit: MOST_SORTED + 1, hint: index, ...BOUNDED });

/** What every read of a plan gets: its index, its order of letters, and when to give up. */
export const optionsOf = ({ index, order, isSmall }: Plan) => ({
  hint: index,
  ...(isSmall ? {} : collationOf(order)),
  ...BOUNDED,
});

/** The stages that read the users of a plan in its order, from a place on. @param most how many are read, to check them */
export function stagesOf(plan: Plan, place: Place, most?: number): object[] {
  const { order, found, checks } = plan;
  const checked = checks.length > 0 ? [{ $match: all(checks) }] : [];
  if (plan.isSmall) return [{ $match: all(found) }, { $limit: MOST_SORTED }, ...checked, ...sorted(order, place)];
  const ranges = afterPlace(order, place).map((range) => all([...found, range]));
  const limited = most && checks.length > 0 ? [{ $limit: most }, ...checked] : checked;
  return [{ $match: any(ranges) }, { $sort: sortOf(order, isBackwards(place)) }, ...limited];
}

/** Sorts in memory, and goes on from a place: usernames without regard to case, as their index does. */
function sorted(order: Order, place: Place): object[] {
  const byName = order.field === "username";
  const by = byName ? { ...order, field: "sortName" } : order;
  const from = byName && "id" in place ? { ...place, value: String(place.value).toLowerCase() } : place;
  return [
    ...(byName ? [{ $set: { sortName: { $toLower: "$username" } } }] : []),
    { $match: any(afterPlace(by, from)) },
    { $sort: sortOf(by, isBackwards(place)) },
  ];
}

const isBackwards = ({ at }: Place) => at === "before" || at === "end";

const all = (conditions: object[]): object => (conditions.length === 0 ? {} : { $and: conditions });
const any = (ranges: object[]): object => (ranges.length === 1 ? (ranges[0] ?? {}) : { $or: ranges });

/** What comes after a place, as ranges of an index: those with the same value by their ids, then the rest. Null comes first. */
function afterPlace({ field, direction }: { field: string; direction: 1 | -1 }, place: Place): object[] {
  if (!("id" in place)) return [{}];
  const { value, at } = place;
  const isUp = (direction === 1) === (at === "after");
  const further = isUp ? "$gt" : "$lt";
  if (isByName(field)) return [{ [field]: { [further]: value } }];
  const same = { [field]: value, _id: { [further]: new Types.ObjectId(place.id) } };
  if (value === null) return isUp ? [same, { [field]: isDate }] : [same];
  return [same, { [field]: { [further]: value } }, ...(isUp ? [] : [{ [field]: null }])];
}
