import { Types, trusted } from "mongoose";
import { managedFieldNames, type Profile } from "../../../definitions/profile-fields.js";
import {
  formatPosition,
  type PagePosition,
  parsePosition,
  USERS_ON_A_PAGE,
  type UserOrder,
  type UserQuestion,
} from "../../../definitions/user-filters.js";
import { User } from "../../user.js";
import type { StoredGrant } from "../roles.js";
import { buildStages, createPlan, getReadOptions, MOST_SORTED, type Plan } from "./plan.js";

/** Maximum number of users that one page reads to check whether they match. */
const MOST_SCANNED = 5_000;
/** The first read fetches this many times the number of users that are needed. */
const FIRST_TIMES = 3;
/** Maximum count of users who must be checked one by one. */
const MOST_COUNTED_BY_SCAN = 100;
const EXPORT_WITHIN_MS = 60_000;
/** More than all users. The limit keeps MongoDB from choosing an index of another order for the residual filter. */
const EVERYONE = 2 ** 31;
const FIRST = { at: "page", number: 1 } as const;

/** The user fields that the list shows. */
export type ListedUser = {
  _id: Types.ObjectId;
  username: string;
  email: string;
  picture?: string | null;
  profile?: Profile | null;
  roles?: StoredGrant[];
  disabledAt?: Date | null;
  emailConfirmedAt?: Date | null;
  deletion?: { dueAt?: Date | null } | null;
  lastLoginAt?: Date | null;
  createdAt: Date;
  updatedAt?: Date;
};
const shown: Record<string, 1> = {
  username: 1,
  email: 1,
  picture: 1,
  "profile.firstName": 1,
  "profile.lastName": 1,
  roles: 1,
  disabledAt: 1,
  emailConfirmedAt: 1,
  "deletion.dueAt": 1,
  lastLoginAt: 1,
  createdAt: 1,
};

/** The number of matching users. `orMore` is true if counting stopped at this number. */
export type Total = { number: number; orMore: boolean };

/**
 * Returns one page of the users that match a query, read by a plan (plan.ts). Example: 200,000 users have a word
 * with "ann", every tenth of them is active, and a page has 25 users.
 *
 * 1. To know whether there is a next page, 26 users are needed. The index returns the newest 78 (three times as many).
 *    8 of them are active.
 * 2. That is too few, so the newest 5,000 are read. 500 of them are active. The page is the first 25, and `older` is
 *    the position after the 25th.
 * 3. If only 9 of the 5,000 were active, the page would be these 9. `older` would be the position after the 5,000th,
 *    and `cut` would be true, because more matching users may follow.
 *
 * `older` and `newer` are the positions of the neighbouring pages; `sort` is the order that was used.
 * @param asked position of the page, from the address
 * @param size users per page
 * @param fields projection
 */
export async function listUsers<Order extends UserOrder>(
  question: UserQuestion<Order>,
  asked = "",
  { size = USERS_ON_A_PAGE, fields = shown } = {},
) {
  const plan = await createPlan(question);
  const place = parsePosition(asked, plan.sort, size);
  const skipped = place.at === "page" ? (place.number - 1) * size : 0;
  const [found, total] = await Promise.all([findFirst(plan, place, { skipped, most: size + 1, fields }), count(plan)]);
  const page = found.slice(0, size);
  const isFull = found.length > size;
  const lastScanned = isFull ? null : await findLastScanned(plan, place);
  const beside = findPlacesBeside(plan, place, { page, further: isFull ? page.at(-1) : lastScanned });
  return { ...beside, total, sort: plan.sort as Order | "newest", cut: lastScanned !== null };
}

/** Finds the users with these ids, in the same order. At most one page of ids is used. */
export async function findUsersByIds(ids: string[]): Promise<User[]> {
  const among = { _id: trusted({ $in: ids.slice(0, USERS_ON_A_PAGE).map((id) => new Types.ObjectId(id)) }) };
  const found = await User.find(among).limit(USERS_ON_A_PAGE);
  return found.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
}

/** Iterates over all users that match a query, in the order of the query, with the fields that admins see. */
export async function streamUsers(
  question: UserQuestion,
): Promise<AsyncIterable<ListedUser> & { close(): Promise<void> }> {
  const plan = await createPlan(question);
  const fields = managedFieldNames.map((field) => [`profile.${field}`, 1] as const);
  const stages = [...buildStages(plan, FIRST, EVERYONE), { $project: { ...shown, ...Object.fromEntries(fields) } }];
  const options = { ...getReadOptions(plan), maxTimeMS: EXPORT_WITHIN_MS, batchSize: 500 };
  return User.collection.aggregate<ListedUser>(stages, options);
}

const read = (plan: Plan, stages: object[]) =>
  User.collection.aggregate<ListedUser>(stages, getReadOptions(plan)).toArray();
/** Returns true if the index may return many users that do not match. */
const isScan = ({ isSmall, residual }: Plan): boolean => !isSmall && residual.length > 0;

type Wanted = { skipped: number; most: number; fields: Record<string, number> };

/**
 * Finds the first users of a plan. A scan starts with a small limit, which is usually enough, because MongoDB reads as
 * many users as the limit allows before it checks the first one.
 */
async function findFirst(plan: Plan, place: PagePosition, wanted: Wanted): Promise<ListedUser[]> {
  const few = FIRST_TIMES * (wanted.skipped + wanted.most);
  if (isScan(plan) && few < MOST_SCANNED) {
    const found = await findAmong(few, plan, place, wanted);
    if (found.length === wanted.most) return found;
  }
  return findAmong(MOST_SCANNED, plan, place, wanted);
}

function findAmong(
  scanned: number,
  plan: Plan,
  place: PagePosition,
  { skipped, most, fields }: Wanted,
): Promise<ListedUser[]> {
  const stages = buildStages(plan, place, scanned);
  if (skipped > 0) stages.push({ $skip: skipped });
  return read(plan, [...stages, { $limit: most }, { $project: fields }]);
}

/** Returns the last user that a scan may read. Returns null if the scan ends earlier, or if the plan is not a scan. */
async function findLastScanned(plan: Plan, place: PagePosition): Promise<ListedUser | null> {
  if (!isScan(plan)) return null;
  const last = [{ $skip: MOST_SCANNED - 1 }, { $limit: 1 }, { $project: { [plan.order.field]: 1 } }];
  const [user] = await read(plan, [...buildStages({ ...plan, residual: [] }, place), ...last]);
  return user ?? null;
}

export const countUsers = async (question: UserQuestion): Promise<Total> => count(await createPlan(question));

async function count(plan: Plan): Promise<Total> {
  if (plan.known !== null) return upTo(MOST_SORTED, plan.known);
  const isEveryone = plan.indexed === null && plan.residual.length === 0;
  if (isEveryone) return { number: await User.collection.estimatedDocumentCount({ maxTimeMS: 5_000 }), orMore: false };
  const most = plan.isSmall ? MOST_SORTED : MOST_COUNTED_BY_SCAN;
  const { length } = await findFirst(plan, FIRST, { skipped: 0, most: most + 1, fields: { _id: 1 } });
  const isCut = length <= most && (await findLastScanned(plan, FIRST)) !== null;
  return isCut ? { number: length, orMore: true } : upTo(most, length);
}

const upTo = (most: number, number: number): Total =>
  number > most ? { number: most, orMore: true } : { number, orMore: false };

type Found = { page: ListedUser[]; further: ListedUser | null | undefined };

/**
 * Returns the users of a page in the list's order, and the positions of the previous and next pages ("" is the first
 * page, null is none). `further` is where reading continues in the direction of the page.
 */
function findPlacesBeside({ order: { field } }: Plan, place: PagePosition, { page, further }: Found) {
  const toPlace = (at: "after" | "before", user: ListedUser | null | undefined) =>
    user ? formatPosition(at, user[field] ?? null, String(user._id)) : null;
  if (place.at === "before" || place.at === "end") {
    const people = page.toReversed();
    const older = place.at === "end" ? null : (toPlace("after", people.at(-1)) ?? "");
    return { people, newer: toPlace("before", further), older, isFirst: false };
  }
  const isFirst = place.at === "page" && place.number === 1;
  const newer = isFirst ? null : (toPlace("before", page[0]) ?? "");
  return { people: page, newer, older: toPlace("after", further), isFirst };
}
