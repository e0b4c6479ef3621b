import { Types } from "mongoose";
import type { PagePosition, UserQuestion, UserSort } from "../../../definitions/user-filters.js";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";
import { type Filter, listFilters } from "./filters.js";
import { getCollation, getIndexOfAll, getSort, type IndexName, isByName, type Order, orders } from "./indexes.js";

/** How many users are sorted in memory, and counted. */
export const MOST_SORTED = 1_000;
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * How a question is answered without reading more than 5,000 users (docs/decisions/0039-query-plan.md: why not MongoDB's own
 * planner). Example: a million users, "anna smith" among the disabled.
 *
 * 1. Each filter with an index is counted, up to 1,001: anna 1,001 or more, smith 1,001 or more, disabled 40. The most selective
 *    one is "disabled".
 * 2. It matches few, so its index gives all 40, the words are a residual filter on them, and the rest is sorted in memory. That
 *    works for every order: `{ index: "people-disabled-createdAt", indexed: { disabledAt }, residual: [anna, smith], isSmall: true }`
 *
 * When the most selective filter matches more than 1,000, users are read in the order of an index instead, and a page ends at
 * 5,000. Without "disabled" above, newest first:
 * `{ index: "people-short", indexed: { "search.short": "ann" }, residual: [anna, smith], isSmall: false }`
 * (this index has three letters of a word, in the order of signing up). No index has them by username: that order is replaced by
 * "newest", and the page says so.
 */
export type Plan = {
  sort: UserSort;
  order: Order;
  index: IndexName;
  /** What the index is asked for; null for everyone in it. */
  indexed: object | null;
  /** What is compared with each user that the index gives. */
  residual: object[];
  /** The index gives few: all are read and sorted in memory. Otherwise it gives them in order. */
  isSmall: boolean;
  /** How many fit, if the plan knows already: 1,001 is more than a thousand. */
  known: number | null;
};

/** Chooses the index that answers a question, and what is left to check and sort. */
export async function createPlan(question: UserQuestion): Promise<Plan> {
  const filters = listFilters(question);
  const indexed = filters.filter(hasIndex);
  const { mostSelective, count } = await findMostSelective(indexed);
  const known = filters.length === 1 && mostSelective ? count : null;

  if (mostSelective && count <= MOST_SORTED && !isExactInOrder(mostSelective, question.sort)) {
    const { index, match } = mostSelective;
    return { ...toPlan(question.sort, index, match, filters), isSmall: true, known };
  }
  const candidates = mostSelective ? [mostSelective, ...indexed] : [];
  const sort = isPossible(question.sort, candidates) ? question.sort : "newest";
  const inOrder = findInOrder(candidates, sort);
  const { index, match } = inOrder ?? { index: getIndexOfAll(orders[sort]), match: null };
  return { ...toPlan(sort, index, match, filters), isSmall: false, known };
}

/** @param match what the index is asked for; every other filter is residual */
function toPlan(sort: UserSort, index: IndexName, match: object | null, filters: Filter[]) {
  const residual = filters.filter((filter) => filter.match !== match).map((filter) => filter.match);
  return { sort, order: orders[sort], index, indexed: match, residual };
}

type Indexed = Filter & { index: IndexName };
const hasIndex = (filter: Filter): filter is Indexed => filter.index !== undefined;

/** The filter that matches the fewest users, and how many, up to 1,001. */
async function findMostSelective(indexed: Indexed[]): Promise<{ mostSelective?: Indexed | undefined; count: number }> {
  const counts = await Promise.all(indexed.map(countUpToLimit));
  const count = Math.min(...counts);
  return { mostSelective: indexed[counts.indexOf(count)], count };
}

const countUpToLimit = ({ match, index }: Indexed): Promise<number> =>
  User.collection.countDocuments(match, { limit: MOST_SORTED + 1, hint: index, ...BOUNDED });

const isInOrder = ({ scan }: Filter, sort: UserSort): boolean => scan?.field === orders[sort].field;
/** Whether an index gives those who match, and no others, in this order: then a page reads no more than itself. */
const isExactInOrder = (filter: Filter, sort: UserSort): boolean =>
  isInOrder(filter, sort) && filter.scan?.match === filter.match;
const findInOrder = (filters: Filter[], sort: UserSort) => filters.find((filter) => isInOrder(filter, sort))?.scan;

/** Everyone can be read in any order; what a filter matches only where its index has that order, or in that of signing up. */
const isPossible = (sort: UserSort, candidates: Filter[]): boolean =>
  candidates.length === 0 || orders[sort].field === "createdAt" || findInOrder(candidates, sort) !== undefined;

/** What every read of a plan gets: its index, its order of letters, and when to give up. */
export const getReadOptions = ({ index, order, isSmall }: Plan) => ({
  hint: index,
  ...(isSmall ? {} : getCollation(order)),
  ...BOUNDED,
});

/** The stages that read the users of a plan in its order, from a place on. @param most how many are read, to check them */
export function buildStages(plan: Plan, place: PagePosition, most?: number): object[] {
  return plan.isSmall ? stagesInMemory(plan, place) : stagesByIndex(plan, place, most);
}

function stagesByIndex({ order, indexed, residual }: Plan, place: PagePosition, most?: number): object[] {
  const ranges = afterCursor(order, place).map((range) => and(indexed ? [indexed, range] : [range]));
  const scan = [{ $match: or(ranges) }, { $sort: getSort(order, isBackwards(place)) }];
  if (residual.length === 0) return scan;
  return most ? [...scan, { $limit: most }, { $match: and(residual) }] : [...scan, { $match: and(residual) }];
}

/** Usernames are sorted without regard to case, as their index does. */
function stagesInMemory({ order, indexed, residual }: Plan, place: PagePosition): object[] {
  const isByUsername = order.field === "username";
  const by = isByUsername ? { ...order, field: "sortName" } : order;
  const cursor = isByUsername && "id" in place ? { ...place, value: String(place.value).toLowerCase() } : place;
  const stages: object[] = [{ $match: indexed ?? {} }, { $limit: MOST_SORTED }];
  if (residual.length > 0) stages.push({ $match: and(residual) });
  if (isByUsername) stages.push({ $set: { sortName: { $toLower: "$username" } } });
  stages.push({ $match: or(afterCursor(by, cursor)) }, { $sort: getSort(by, isBackwards(place)) });
  return stages;
}

const isBackwards = ({ at }: PagePosition) => at === "before" || at === "end";

const and = (conditions: object[]): object => ({ $and: conditions });
const or = (ranges: object[]): object => (ranges.length === 1 ? (ranges[0] ?? {}) : { $or: ranges });

/**
 * What comes after a cursor, as ranges of an index: those with the same value by their ids, then the rest. Null comes first in
 * ascending order. After `{ lastLoginAt: 12:00, _id: 7 }`, last seen first:
 * `[{ lastLoginAt: 12:00, _id: { $lt: 7 } }, { lastLoginAt: { $lt: 12:00 } }, { lastLoginAt: null }]`
 */
function afterCursor({ field, direction }: { field: string; direction: 1 | -1 }, place: PagePosition): object[] {
  if (!("id" in place)) return [{}];
  const { value, at } = place;
  const isUp = (direction === 1) === (at === "after");
  const further = isUp ? "$gt" : "$lt";
  if (isByName(field)) return [{ [field]: { [further]: value } }];
  const same = { [field]: value, _id: { [further]: new Types.ObjectId(place.id) } };
  if (value === null) return isUp ? [same, { [field]: isDate }] : [same];
  const rest = { [field]: { [further]: value } };
  return isUp ? [same, rest] : [same, rest, { [field]: null }];
}
