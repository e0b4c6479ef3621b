/** Filters and orders of the user list. Its address can contain no others. */
export const states = ["active", "disabled", "unconfirmed", "deleting"] as const;
export const seenWithin = ["day", "week", "month", "longer", "never"] as const;
export const factorFilters = ["none"] as const;
export const sorts = ["newest", "oldest", "username", "seen"] as const;

export type UserState = (typeof states)[number];
export type UserSeen = (typeof seenWithin)[number];
export type UserFactor = (typeof factorFilters)[number];
export type UserSort = (typeof sorts)[number];
/** All orders; only the API has the last one, for programs that follow changes: least recently changed first. */
export type UserOrder = UserSort | "updated";

/** Users per page. */
export const USERS_ON_A_PAGE = 25;
/** Number of users that numbered pages can reach. Later pages are reached one by one, each at the same cost. */
const REACH = 1_000;

/** A user search. The role "none" means no role at all, the factor "none" no second factor. */
export type UserQuestion<Order extends UserOrder = UserOrder> = {
  words: string[];
  role?: string;
  state?: UserState;
  seen?: UserSeen;
  factor?: UserFactor;
  updatedSince?: Date;
  sort: Order;
};

/** Where a page begins: at its number, next to a user of another page, or at the end of the list. */
export type PagePosition =
  | { at: "page"; number: number }
  | { at: "end" }
  | { at: "after" | "before"; value: Date | string | null; id: string };

const PLACE = /^(after|before)\.(\d{1,15}|[a-z0-9_-]{1,30}|)\.([0-9a-f]{24})$/i;

/** Parses a place from an address; an invalid one, or one of another order, is the first page. */
export function parsePosition(text: string, sort: UserOrder, size = USERS_ON_A_PAGE): PagePosition {
  if (text === "end") return { at: "end" };
  const [, at, value = "", id = ""] = PLACE.exec(text) ?? [];
  const last = Math.max(1, Math.floor(REACH / size));
  if (!at) return { at: "page", number: Math.min(Math.max(1, /^\d{1,9}$/.test(text) ? Number(text) : 1), last) };
  if (sort === "username" ? value === "" : /\D/.test(value)) return { at: "page", number: 1 };
  const read = sort === "username" ? value : value === "" ? null : new Date(Number(value));
  return { at: at.toLowerCase() as "after" | "before", value: read, id: id.toLowerCase() };
}

/** Adds the order to a place, because it would point anywhere in another order. */
export const toCursor = (sort: UserOrder, place: string) => `${sort}.${place}`;
/** Returns the place of a cursor. */
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
