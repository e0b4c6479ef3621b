import type { Request } from "express";

/** Longer than the address of any of our pages: a title of 80 letters takes 960 characters where each is percent-encoded. */
const LONGEST = 1_500;
/** The field of a login form, and the part of its address, that names the page to go to afterwards. */
const NAME = "return_to";

/**
 * The path when it is one of our own, else null: what a browser would read as another origin (`//x`, `/\x`, encoded
 * or not) is dropped (ASVS V3.7.2). The browser's own parser judges.
 */
export function toOwnPath(path: string): string | null {
  if (path.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || /\\|%5c|%2f|%0|%1/i.test(path)) return null;
  const url = new URL(path, "http://own.invalid");
  const own = url.origin === "http://own.invalid" && !url.pathname.startsWith("//"); // "/.//x" becomes "//x"
  return own ? url.pathname + url.search : null;
}

/** Pages that ask who somebody is, and go on afterwards: nobody wants to come back to them. */
export const doorways = ["/login", "/reauthenticate"];

/** Pages that users pass on their way to another one. */
export const passed = [...doorways, "/register"];

/** Where users go when they did not want another page. */
export const HOME = "/dashboard";

/**
 * The address of a page that users pass on their way to another: the wanted page travels in it and in the page's form, so
 * that each tab keeps its own and the browser keeps none.
 * @param page when not given: the page of this request, if it is one
 */
export function withReturnTo(to: string, req: Request, page = req.method === "GET" ? req.originalUrl : ""): string {
  const path = toOwnPath(page);
  return path && ![HOME, ...doorways].includes(path) ? `${to}?${new URLSearchParams({ [NAME]: path })}` : to;
}

/** The page that the user wants after this one: from the field of the form, or from the address. */
export function getWantedPage(req: Request): string | null {
  const asked: unknown = req.carried?.returnTo ?? req.query[NAME];
  return typeof asked === "string" ? toOwnPath(asked) : null;
}

/** The page that the user wants, if they may open it; otherwise HOME. A page that they pass on the way is not one to stay on. */
export async function findNextPage(req: Request): Promise<string> {
  const wanted = getWantedPage(req);
  const isOnTheWay = passed.includes(wanted?.split("?")[0] ?? "");
  return wanted && !isOnTheWay && (await mayOpen(req, wanted)) ? wanted : HOME;
}

/** Whether this user may open the page: it answers, or asks for one more step, such as the password. */
export async function mayOpen(req: Request, page: string): Promise<boolean> {
  const visited = await req.visit?.(page, "HEAD");
  return visited !== undefined && visited.kind !== "error";
}
