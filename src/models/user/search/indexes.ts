import type { Schema } from "mongoose";
import type { UserSort } from "../../../definitions/user-filters.js";
import { isDate } from "../register/unused.js";
import { ignoringCase } from "../schema.js";

/** What a list is in the order of, and whether the last come first. No two people have the same username. */
export type Order = { field: "createdAt" | "username" | "lastLoginAt"; direction: 1 | -1 };
export const orders: Record<UserSort, Order> = {
  newest: { field: "createdAt", direction: -1 },
  oldest: { field: "createdAt", direction: 1 },
  username: { field: "username", direction: 1 },
  seen: { field: "lastLoginAt", direction: -1 },
};

/** An order by names: no two people have the same, so nothing else decides. `sortName` is a username in lower case. */
export const isByName = (field: string): boolean => field === "username" || field === "sortName";

type By = { field: string; direction: 1 | -1 };
/** How the list is sorted; the reverse of it, backwards. */
export function getSort({ field, direction }: By, backwards = false): Record<string, 1 | -1> {
  const turned = backwards ? (direction === 1 ? -1 : 1) : direction;
  return isByName(field) ? { [field]: turned } : { [field]: turned, _id: turned };
}

/** Usernames are in order whatever their case. */
export const getCollation = ({ field }: Order) => (field === "username" ? { collation: ignoringCase } : {});

const bySignUp = getSort(orders.newest);
const partial = (filter: Record<string, unknown>) => ({ partialFilterExpression: filter });
/**
 * The indexes behind the list. Everyone is in the first four of them; a login moves one entry, that of the second. The others are
 * of few people: their last field makes them different for MongoDB, and is counted without reading the account.
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

/** The index that has everyone in this order. */
export const getIndexOfAll = ({ field }: Order): IndexName =>
  field === "username" ? "username_1" : `people-everyone-${field}`;

/** Declares the indexes behind the list of people. */
export function defineUserIndexes(schema: Schema): void {
  for (const [name, { keys, ...options }] of Object.entries(indexes))
    schema.index(keys as Record<string, 1 | -1>, { name, ...options });
}
