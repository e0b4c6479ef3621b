import type { Request } from "express";

/** Longer than all our addresses: a title of 80 characters takes 960 if every character is percent-encoded. */
const LONGEST = 1_500;
/** Name of the form field and query parameter with the page to go to after the login. */
const NAME = "return_to";

/**
 * Returns the path if it is one of ours, otherwise null. Refuses everything that a browser could read as another origin
 * (`//x`, `/\x`, encoded or not; ASVS V3.7.2). The URL parser makes the decision.
 */
export function toOwnPath(path: string): string | null {
  if (path.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || /\\|%5c|%2f|%0|%1/i.test(path)) return null;
  const url = new URL(path, "http://own.invalid");
  const own = url.origin === "http://own.invalid" && !url.pathname.startsWith("//"); // "/.//x" becomes "//x"
  return own ? url.pathname + url.search : null;
}

/** Pages that ask for a login, a password or a second factor and then continue. Users never return to them. */
export const doorways = [
  "/login",
  "/login/second-factor",
  "/login/recovery",
  "/login/lost-factor",
  "/passkeys/login",
  "/reauthenticate",
];

/** Pages that users pass on the way to another page. */
export const passed = [...doorways, "/register"];

/** Where users go if they did not ask for another page. */
export const HOME = "/dashboard";

/**
 * Returns the address of a page on the way to another one. The wanted page is in the URL and in the form, not in the
 * browser's storage, so that each tab has its own.
 * @param page defaults to the page of this request, if it is a page
 */
export function withReturnTo(to: string, req: Request, page = req.method === "GET" ? req.originalUrl : ""): string {
  const path = toOwnPath(page);
  return path && ![HOME, ...doorways].includes(path) ? `${to}?${new URLSearchParams({ [NAME]: path })}` : to;
}

/** Returns the page that the user wants to open next, from the form field or the URL, or null. */
export function getWantedPage(req: Request): string | null {
  const asked: unknown = req.carried?.returnTo ?? req.query[NAME];
  return typeof asked === "string" ? toOwnPath(asked) : null;
}

/**
 * Returns the page that the user wants if they may open it and it is not itself a page on the way. Otherwise returns
 * HOME.
 */
export async function findNextPage(req: Request): Promise<string> {
  const wanted = getWantedPage(req);
  const isOnTheWay = passed.includes(wanted?.split("?")[0] ?? "");
  return wanted && !isOnTheWay && (await mayOpen(req, wanted)) ? wanted : HOME;
}

/** Returns true if this user may open the page: it responds, or asks for one more step such as the password. */
export async function mayOpen(req: Request, page: string): Promise<boolean> {
  const visited = await req.visit?.(page, "HEAD");
  return visited !== undefined && visited.kind !== "error";
}
