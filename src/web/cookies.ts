import cookieParser from "cookie-parser";
import type { CookieOptions, Request, Response } from "express";
import { config } from "../config/index.js";

/** Over https a cookie belongs to this host alone (ASVS V3.3.3); over http on localhost browsers refuse that prefix. */
export const getCookieName = (name: string) => (config.https ? `__Host-${name}` : name);

/** How all our cookies are set: for the server's eyes only, not sent along by other sites' forms (ASVS V3.3.2). */
export const cookieOptions = {
  httpOnly: true,
  sameSite: "lax",
  secure: config.https,
  path: "/",
} as const satisfies CookieOptions;

const DAY_MS = 24 * 60 * 60_000;
const parse = cookieParser(config.sessionSecrets);

/**
 * Reads the cookies when somebody asks for one; most requests carry none but the session's, which is not ours to read.
 * The first secret signs, all of them verify. Only text counts, no JSON ("j:{}").
 */
export function readCookies(req: Request, res: Response): void {
  if (req.signedCookies) return;
  parse(req, res, () => {});
  for (const jar of [req.cookies, req.signedCookies]) {
    for (const name in jar) if (typeof jar[name] !== "string") delete jar[name];
  }
}

/**
 * Sets a signed cookie. Its name is signed too: one cookie does not pass for another.
 * @param days how long the browser keeps it; until it closes when not given
 */
export function setCookie(res: Response, name: string, value: string, days?: number): void {
  readCookies(res.req, res);
  const kept = days ? { maxAge: days * DAY_MS } : {};
  res.cookie(getCookieName(name), `${name}=${value}`, { ...cookieOptions, ...kept, signed: true });
}

/** Whether a request seems to carry a cookie of this name: the cheapest look at it. */
export const hasCookie = (req: Request, name: string): boolean =>
  req.headers.cookie?.includes(`${getCookieName(name)}=`) ?? false;

/** What `setCookie` put there, or null. */
export function readCookie(req: Request, res: Response, name: string): string | null {
  if (!hasCookie(req, name)) return null;
  readCookies(req, res);
  const value: unknown = req.signedCookies[getCookieName(name)];
  return typeof value === "string" && value.startsWith(`${name}=`) ? value.slice(name.length + 1) : null;
}

/** Takes a cookie back, with the attributes it was set with: a prefixed one goes only with them. */
export function clearCookie(res: Response, name: string): void {
  res.clearCookie(getCookieName(name), cookieOptions);
}
