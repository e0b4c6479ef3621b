import cookieParser from "cookie-parser";
import type { CookieOptions, Request, Response } from "express";
import { config } from "../config/index.js";

/**
 * Over https, the prefix ties a cookie to this host (ASVS V3.3.3). Over http on localhost, browsers refuse such
 * cookies.
 */
export const getCookieName = (name: string) => (config.https ? `__Host-${name}` : name);

/** Options of all our cookies: scripts cannot read them, and forms of other sites do not send them (ASVS V3.3.2). */
export const cookieOptions = {
  httpOnly: true,
  sameSite: "lax",
  secure: config.https,
  path: "/",
} as const satisfies CookieOptions;

const DAY_MS = 24 * 60 * 60_000;
const parse = cookieParser(config.sessionSecrets);

/**
 * Parses the cookies when they are first needed. Most requests only have the session cookie, which express-session
 * reads. The first secret signs; all secrets verify. Keeps text values only, no JSON ("j:{}").
 */
export function readCookies(req: Request, res: Response): void {
  if (req.signedCookies) return;
  parse(req, res, () => {});
  for (const jar of [req.cookies, req.signedCookies]) {
    for (const name in jar) if (typeof jar[name] !== "string") delete jar[name];
  }
}

/**
 * Creates a function that reads one signed cookie of express-session without parsing the others. It returns null if the
 * cookie is missing, if its signature is invalid, or if it is not spelled as we send it.
 */
export function createSignedCookieReader(name: string): (req: Request) => string | null {
  const pattern = new RegExp(`(?:^|; ?)${getCookieName(name)}=s%3A((?:[\\w.-]|%2[BF])+)(?:;|$)`);
  return ({ headers }) => {
    const sent = pattern.exec(headers.cookie ?? "")?.[1];
    const value = sent && cookieParser.signedCookie(`s:${decodeURIComponent(sent)}`, config.sessionSecrets);
    return value || null;
  };
}

/**
 * Sets a signed cookie. The signature includes the name, so that one cookie cannot be used in place of another.
 * @param days how long the browser keeps it; if missing, until the browser closes
 */
export function setCookie(res: Response, name: string, value: string, days?: number): void {
  readCookies(res.req, res);
  const kept = days ? { maxAge: days * DAY_MS } : {};
  res.cookie(getCookieName(name), `${name}=${value}`, { ...cookieOptions, ...kept, signed: true });
}

/** Returns true if a request seems to have this cookie. A cheap check before parsing. */
export const hasCookie = (req: Request, name: string): boolean =>
  req.headers.cookie?.includes(`${getCookieName(name)}=`) ?? false;

/** Returns the value that `setCookie` stored, or null. */
export function readCookie(req: Request, res: Response, name: string): string | null {
  if (!hasCookie(req, name)) return null;
  readCookies(req, res);
  const value: unknown = req.signedCookies[getCookieName(name)];
  return typeof value === "string" && value.startsWith(`${name}=`) ? value.slice(name.length + 1) : null;
}

/** Deletes a cookie. Uses the same attributes as `setCookie`, which browsers require for names with a prefix. */
export function clearCookie(res: Response, name: string): void {
  res.clearCookie(getCookieName(name), cookieOptions);
}
