import type { Schema } from "mongoose";
import type { UserSort } from "../../../definitions/user-filters.js";
import { isDate } from "../register/unused.js";
import { ignoringCase } from "../schema.js";

/** Sort order of the user list. Usernames are unique. */
export type Order = { field: "createdAt" | "username" | "lastLoginAt"; direction: 1 | -1 };
export const orders: Record<UserSort, Order> = {
  newest: { field: "createdAt", direction: -1 },
  oldest: { field: "createdAt", direction: 1 },
  username: { field: "username", direction: 1 },
  seen: { field: "lastLoginAt", direction: -1 },
};

/**
 * Returns true for an order by username, which is unique and needs no second key. `sortName` is the username in lower
 * case.
 */
export const isByName = (field: string): boolean => field === "username" || field === "sortName";

type By = { field: string; direction: 1 | -1 };
/** Returns the sort keys of an order, or of the reverse order. */
export function getSort({ field, direction }: By, backwards = false): Record<string, 1 | -1> {
  const turned = backwards ? (direction === 1 ? -1 : 1) : direction;
  return isByName(field) ? { [field]: turned } : { [field]: turned, _id: turned };
}

/** Usernames are sorted without regard to case. */
export const getCollation = ({ field }: Order) => (field === "username" ? { collation: ignoringCase } : {});

const bySignUp = getSort(orders.newest);
const partial = (filter: Record<string, unknown>) => ({ partialFilterExpression: filter });
/**
 * Indexes of the user list. The first four contain every user, and a login changes one entry in the second. The others
 * contain few users each. Their last field distinguishes their keys for MongoDB, and allows counting without reading
 * accounts.
 */
const indexes = {
  "people-everyone-createdAt": { keys: bySignUp },
  "people-everyone-lastLoginAt": { keys: getSort(orders.seen) },
  "people-long": { keys: { "search.long": 1 } },
  "people-short": { keys: { "search.short": 1, ...bySignUp } },
  "people-role-createdAt": { keys: { "roles.role": 1, ...bySignUp }, ...partial({ "roles.role": { $exists: true } }) },
  "people-disabled-createdAt": { keys: { ...bySignUp, disabledAt: 1 }, ...partial({ disabledAt: isDate }) },
  "people-deleting-createdAt": { keys: { ...bySignUp, "deletion.dueAt": 1 }, ...partial({ "deletion.dueAt": isDate }) },
  "people-unconfirmed-createdAt": {
    keys: { ...bySignUp, emailConfirmedAt: 1 },
    ...partial({ emailConfirmedAt: null }),
  },
} satisfies Record<string, { keys: object; partialFilterExpression?: object }>;
export type IndexName = keyof typeof indexes | "username_1";

/** Returns the index that lists all users in this order. */
export const getIndexOfAll = ({ field }: Order): IndexName =>
  field === "username" ? "username_1" : `people-everyone-${field}`;

export function defineUserIndexes(schema: Schema): void {
  for (const [name, { keys, ...options }] of Object.entries(indexes))
    schema.index(keys as Record<string, 1 | -1>, { name, ...options });
}
