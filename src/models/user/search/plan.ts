import { Types } from "mongoose";
import type { PagePosition, UserOrder, UserQuestion } from "../../../definitions/user-filters.js";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";
import { type Filter, listFilters } from "./filters.js";
import { getCollation, getIndexOfAll, getSort, type IndexName, isByName, type Order, orders } from "./indexes.js";

/** Maximum number of users that are counted, or sorted in memory. */
export const MOST_SORTED = 1_000;
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * The plan of a user search that reads at most 5,000 users. docs/decisions/0039-query-plan.md explains why MongoDB's
 * own planner is not used. Example: a million users, "anna smith" among the disabled.
 *
 * 1. Each filter with an index is counted, up to 1,001: anna 1,001, smith 1,001, disabled 40. The most selective filter
 *    is "disabled".
 * 2. It matches few users. Its index returns all 40, the words become a residual filter, and the result is sorted in
 *    memory. That works for every order: `{ index: "people-disabled-createdAt", indexed: { disabledAt }, residual:
 *    [anna, smith], isSmall: true }`
 *
 * If the most selective filter matches more than 1,000 users, they are read in the order of an index instead, and a
 * page stops at 5,000. The example without "disabled", newest first: `{ index: "people-short", indexed: {
 * "search.short": "ann" }, residual: [anna, smith], isSmall: false }`. This index contains three letters of each word,
 * in the order of registration. No index has these users in the order of usernames. That order is therefore replaced by
 * "newest", and the page says so.
 */
export type Plan = {
  sort: UserOrder;
  order: Order;
  index: IndexName;
  /** The condition for the index; null for all users in it. */
  indexed: object | null;
  /** Conditions that are checked for each user from the index. */
  residual: object[];
  /**
   * True if the index returns few users, which are all read and sorted in memory. Otherwise it returns them in order.
   */
  isSmall: boolean;
  /** The number of matches, if the plan knows it. 1,001 means more than a thousand. */
  known: number | null;
};

/** Chooses the index for a query, and which conditions and sorting remain. */
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

/** @param match the condition for the index; all other filters are residual */
function toPlan(sort: UserOrder, index: IndexName, match: object | null, filters: Filter[]) {
  const residual = filters.filter((filter) => filter.match !== match).map((filter) => filter.match);
  return { sort, order: orders[sort], index, indexed: match, residual };
}

type Indexed = Filter & { index: IndexName };
const hasIndex = (filter: Filter): filter is Indexed => filter.index !== undefined;

/** Returns the filter that matches the fewest users, and their number, up to 1,001. */
async function findMostSelective(indexed: Indexed[]): Promise<{ mostSelective?: Indexed | undefined; count: number }> {
  const counts = await Promise.all(indexed.map(countUpToLimit));
  const count = Math.min(...counts);
  return { mostSelective: indexed[counts.indexOf(count)], count };
}

const countUpToLimit = ({ match, index }: Indexed): Promise<number> =>
  User.collection.countDocuments(match, { limit: MOST_SORTED + 1, hint: index, ...BOUNDED });

const isInOrder = ({ scan }: Filter, sort: UserOrder): boolean => scan?.field === orders[sort].field;
/** Returns true if an index returns exactly the matching users in this order, so that a page reads nothing more. */
const isExactInOrder = (filter: Filter, sort: UserOrder): boolean =>
  isInOrder(filter, sort) && filter.scan?.match === filter.match;
const findInOrder = (filters: Filter[], sort: UserOrder) => filters.find((filter) => isInOrder(filter, sort))?.scan;

/** All users can be read in any order; the users of a filter only in an order that its index has, or by registration time. */
const isPossible = (sort: UserOrder, candidates: Filter[]): boolean =>
  candidates.length === 0 || orders[sort].field === "createdAt" || findInOrder(candidates, sort) !== undefined;

/** Returns the options of every read: index, collation and time limit. */
export const getReadOptions = ({ index, order, isSmall }: Plan) => ({
  hint: index,
  ...(isSmall ? {} : getCollation(order)),
  ...BOUNDED,
});

/**
 * Builds the stages that read users in the plan's order, from a position on.
 * @param most maximum number of users to read and check
 */
export function buildStages(plan: Plan, place: PagePosition, most?: number): object[] {
  return plan.isSmall ? stagesInMemory(plan, place) : stagesByIndex(plan, place, most);
}

function stagesByIndex({ order, indexed, residual }: Plan, place: PagePosition, most?: number): object[] {
  const ranges = afterCursor(order, place).map((range) => and(indexed ? [indexed, range] : [range]));
  const scan = [{ $match: or(ranges) }, { $sort: getSort(order, isBackwards(place)) }];
  if (residual.length === 0) return scan;
  return most ? [...scan, { $limit: most }, { $match: and(residual) }] : [...scan, { $match: and(residual) }];
}

/** Sorts usernames without regard to case, as their index does. */
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
 * Returns the index ranges after a cursor: first the same value with further ids, then the other values. In ascending
 * order, null comes first. Example: after `{ lastLoginAt: 12:00, _id: 7 }`, last seen first: `[{ lastLoginAt: 12:00,
 * _id: { $lt: 7 } }, { lastLoginAt: { $lt: 12:00 } }, { lastLoginAt: null }]`
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
