/** Filters and orders of the user list. Its address can contain no others. */
export const states = ["active", "disabled", "unconfirmed", "deleting"] as const;
export const seenWithin = ["day", "week", "month", "longer", "never"] as const;
export const sorts = ["newest", "oldest", "username", "seen"] as const;

export type UserState = (typeof states)[number];
export type UserSeen = (typeof seenWithin)[number];
export type UserSort = (typeof sorts)[number];

/** Users per page. */
export const USERS_ON_A_PAGE = 25;
/** Number of users that numbered pages can reach. Later pages are reached one by one, each at the same cost. */
const REACH = 1_000;

/** A user search. The role "none" means no role at all. */
export type UserQuestion = { words: string[]; role?: string; state?: UserState; seen?: UserSeen; sort: UserSort };

/** Where a page begins: at its number, next to a user of another page, or at the end of the list. */
export type PagePosition =
  | { at: "page"; number: number }
  | { at: "end" }
  | { at: "after" | "before"; value: Date | string | null; id: string };

const PLACE = /^(after|before)\.(\d{1,15}|[a-z0-9_-]{1,30}|)\.([0-9a-f]{24})$/i;

/** Parses a place from an address. Returns the first page if the place is invalid or belongs to another order. */
export function parsePosition(text: string, sort: UserSort, size = USERS_ON_A_PAGE): PagePosition {
  if (text === "end") return { at: "end" };
  const [, at, value = "", id = ""] = PLACE.exec(text) ?? [];
  const last = Math.max(1, Math.floor(REACH / size));
  if (!at) return { at: "page", number: Math.min(Math.max(1, /^\d{1,9}$/.test(text) ? Number(text) : 1), last) };
  if (sort === "username" ? value === "" : /\D/.test(value)) return { at: "page", number: 1 };
  const read = sort === "username" ? value : value === "" ? null : new Date(Number(value));
  return { at: at.toLowerCase() as "after" | "before", value: read, id: id.toLowerCase() };
}

/** Adds the order to a place, because the place is meaningless in any other order. */
export const toCursor = (sort: UserSort, place: string) => `${sort}.${place}`;
/** Returns the place that a cursor contains. */
export const parseCursor = (cursor: string) => cursor.slice(cursor.indexOf(".") + 1);

/** Returns true if the text names a page of the list in this order: by its number, its beginning or its end. */
export function isPage(page: string, sort: UserSort): boolean {
  if (/^\d+$/.test(page)) return /^[1-9]\d{0,8}$/.test(page) && Number(page) * USERS_ON_A_PAGE <= REACH;
  return page === "end" || (page.startsWith(`${sort}.`) && isBeside(parsePosition(parseCursor(page), sort)));
}

const isBeside = ({ at }: PagePosition) => at === "after" || at === "before";

/** Formats a place for an address. */
export function formatPosition(at: "after" | "before", value: Date | string | null, id: string): string {
  return `${at}.${value instanceof Date ? value.getTime() : (value ?? "")}.${id}`;
}
