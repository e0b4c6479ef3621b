import type { Request, Response } from "express";
import { clearCookie, setCookie, valueOfCookie } from "./cookies.js";

const LONGEST = 500;

/**
 * The path when it is one of our own, else null: what a browser would read as another origin (`//x`, `/\x`, encoded
 * or not) is dropped (ASVS V3.7.2). The browser's own parser judges.
 */
export function ownPath(path: string): string | null {
  if (path.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || /\\|%5c|%2f|%0|%1/i.test(path)) return null;
  const url = new URL(path, "http://own.invalid");
  const own = url.origin === "http://own.invalid" && !url.pathname.startsWith("//"); // "/.//x" becomes "//x"
  return own ? url.pathname + url.search : null;
}

/**
 * Remembers the page that somebody wanted, to go there after the login.
 * @param page when not given: the page of this request, if it is one
 */
export function rememberPage(req: Request, res: Response, page = req.method === "GET" ? req.originalUrl : ""): void {
  const path = ownPath(page);
  if (path) setCookie(res, "return-to", path);
}

/** Where to go after the login: the page remembered, or the dashboard. */
export function takeRememberedPage(req: Request, res: Response): string {
  const value = valueOfCookie(req, res, "return-to");
  if (value === null) return "/dashboard";
  clearCookie(res, "return-to");
  return ownPath(value) ?? "/dashboard";
}
