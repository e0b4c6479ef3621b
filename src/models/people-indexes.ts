import type { Schema } from "mongoose";
import type { Sort } from "../lib/people-questions.js";
import { isDate } from "./untouched.js";
import { ignoringCase } from "./user-schema.js";

/** What a list is in the order of, and whether the last come first. No two people have the same username. */
export type Order = { field: "createdAt" | "username" | "lastLoginAt"; direction: 1 | -1 };
export const orders: Record<Sort, Order> = {
  newest: { field: "createdAt", direction: -1 },
  oldest: { field: "createdAt", direction: 1 },
  username: { field: "username", direction: 1 },
  seen: { field: "lastLoginAt", direction: -1 },
};

type Path = { leading?: string; only?: Record<string, unknown>; trailing?: string };
/**
 * The paths by which the list is walked, each but the words in every order: past everyone, or only past those who fit. Few are disabled,
 * so an index of the disabled alone costs little; its last field only keeps it apart from the others in MongoDB's eyes.
 */
const paths = {
  everyone: {},
  word: { leading: "search.all" },
  role: { leading: "roles.role", only: { "roles.role": { $exists: true } } },
  disabled: { only: { disabledAt: isDate }, trailing: "disabledAt" },
  deleting: { only: { "deletion.dueAt": isDate }, trailing: "deletion.dueAt" },
  unconfirmed: { only: { emailConfirmedAt: null }, trailing: "emailConfirmedAt" },
  never: { only: { lastLoginAt: null }, trailing: "disabledAt" },
} satisfies Record<string, Path>;
export type PathName = keyof typeof paths;

/** An order by names: no two people have the same, so nothing else decides. `sortName` is a username in lower case. */
export const isByName = (field: string): boolean => field === "username" || field === "sortName";

type By = { field: string; direction: 1 | -1 };
/** How the list is sorted; the reverse of it, backwards. */
export function sortOf({ field, direction }: By, backwards = false): Record<string, 1 | -1> {
  const turned = backwards ? (direction === 1 ? -1 : 1) : direction;
  return isByName(field) ? { [field]: turned } : { [field]: turned, _id: turned };
}

/** The name of the index that is this path in this order. */
export const indexOf = (path: PathName, { field }: Order): string =>
  path === "everyone" && field === "username" ? "username_1" : `people-${path}-${field}`;
/**
 * The unique one is there anyway, and whoever never signed in has no place among the last seen. Words have one order: an
 * account has forty of them, and a login or another name would have to move all of these.
 */
const isNeeded = (path: string, { field }: Order) =>
  field === "createdAt" || !["word", field === "username" ? "everyone" : "never"].includes(path);

/** Usernames are in order whatever their case. */
export const collationOf = ({ field }: Order) => (field === "username" ? { collation: ignoringCase } : {});

/** Declares the indexes behind the list of people. */
export function indexPeople(schema: Schema): void {
  for (const order of [orders.newest, orders.username, orders.seen]) {
    for (const [name, { leading, only, trailing }] of Object.entries<Path>(paths)) {
      if (!isNeeded(name, order)) continue;
      const keys = {
        ...(leading && { [leading]: 1 as const }),
        ...sortOf(order),
        ...(trailing && { [trailing]: 1 as const }),
      };
      const options = { name: indexOf(name as PathName, order), ...collationOf(order) };
      schema.index(keys, { ...options, ...(only && { partialFilterExpression: only }) });
    }
  }
}
