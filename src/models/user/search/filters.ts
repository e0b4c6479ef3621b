import type { UserQuestion, UserSeen, UserState } from "../../../definitions/user-filters.js";
import { getWordPrefix, LONG, SHORT } from "../../../lib/text/search-terms.js";
import { isDate } from "../register/unused.js";
import type { IndexName, Order } from "./indexes.js";
import { sources } from "./terms.js";

/**
 * One condition of a user search: what users must match, and the index that finds them, if any. `scan` names an index
 * that is in the order of a field, and its own condition, which may match more users.
 */
export type Filter = {
  match: object;
  index?: IndexName;
  scan?: { field: Order["field"]; index: IndexName; match: object };
};

const DAYS = 86_400_000;
const MONTH_MS = 30 * DAYS;
const within: Partial<Record<UserSeen, number>> = { day: DAYS, week: 7 * DAYS, month: MONTH_MS };

/** A filter with an index that lists the matching users in the order of registration. */
const bySignUp = (index: IndexName, match: object): Filter => ({
  match,
  index,
  scan: { field: "createdAt", index, match },
});

const ofState: Record<UserState, Filter> = {
  active: { match: { disabledAt: null, emailConfirmedAt: isDate, deletion: null } },
  disabled: bySignUp("people-disabled-createdAt", { disabledAt: isDate }),
  deleting: bySignUp("people-deleting-createdAt", { "deletion.dueAt": isDate }),
  unconfirmed: bySignUp("people-unconfirmed-createdAt", { emailConfirmedAt: null }),
};

/**
 * Users for whom `hasSecondFactor` (credentials/factors.ts) is false. It has no index, like "active": as long as few users
 * have a second factor, most match. Where all must have one, few match, and a page stops after 5,000 users as usual.
 */
const withoutFactor: Filter = { match: { authenticator: null, "passkeys.0": { $exists: false } } };

/** Returns the conditions of a search. */
export function listFilters(
  { words, role, state, seen, factor, updatedSince }: UserQuestion,
  now = Date.now(),
): Filter[] {
  return [
    ...words.flatMap(filterByWord),
    ...(role ? [filterByRole(role)] : []),
    ...(state ? [ofState[state]] : []),
    ...(seen ? [filterBySeen(seen, now)] : []),
    ...(factor ? [withoutFactor] : []),
    ...(updatedSince ? [filterByUpdate(updatedSince)] : []),
  ];
}

/**
 * Matches users who have a word with this beginning. If the word is longer than the indexed prefix, it is also compared
 * with the whole words.
 */
function filterByWord(word: string): Filter[] {
  const length = [...word].length;
  const short = { "search.short": getWordPrefix(word, SHORT) };
  if (length < SHORT) return [{ match: { "search.short": beginsWith(word) }, index: "people-short" }];
  if (length === SHORT) return [bySignUp("people-short", short)];
  const match = { "search.long": beginsWith(getWordPrefix(word, LONG)) };
  const long: Filter = {
    match,
    index: "people-long",
    scan: { field: "createdAt", index: "people-short", match: short },
  };
  const whole = { match: { $or: sources.map((source) => ({ [`search.${source}`]: beginsWith(word) })) } };
  return [long, ...(length > LONG ? [whole] : [])];
}

/** A prefix pattern in which special characters are escaped. MongoDB reads it as one range of an index. */
const beginsWith = (text: string): RegExp => new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`);

const filterByRole = (role: string): Filter =>
  role === "none"
    ? { match: { "roles.0": { $exists: false } } }
    : bySignUp("people-role-createdAt", { "roles.role": role });

function filterBySeen(seen: UserSeen, now: number): Filter {
  const span = within[seen];
  const some = span ? { $gte: new Date(now - span) } : { $lt: new Date(now - MONTH_MS) };
  const match = { lastLoginAt: seen === "never" ? null : some };
  const index = "people-everyone-lastLoginAt";
  return { match, index, scan: { field: "lastLoginAt", index, match } };
}

function filterByUpdate(since: Date): Filter {
  const match = { updatedAt: { $gte: since } };
  const index = "people-everyone-updatedAt";
  return { match, index, scan: { field: "updatedAt", index, match } };
}
