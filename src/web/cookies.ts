import cookieParser from "cookie-parser";
import type { CookieOptions, Response } from "express";
import { config } from "../config.js";

/** Over https a cookie belongs to this host alone (ASVS V3.3.3); over http on localhost browsers refuse that prefix. */
export const cookieName = (name: string) => (config.https ? `__Host-${name}` : name);

/** How all our cookies are set: for the server's eyes only, not sent along by other sites' forms (ASVS V3.3.2). */
export const cookieOptions = { httpOnly: true, sameSite: "lax", secure: config.https, path: "/" } as const satisfies CookieOptions;

/** Reads cookies; ours are signed. The first secret signs, all of them verify. */
export const cookies = cookieParser(config.sessionSecrets);

/** Sets a signed cookie until the browser closes. */
export function setCookie(res: Response, name: string, value: string): void {
  res.cookie(cookieName(name), value, { ...cookieOptions, signed: true });
}

export function clearCookie(res: Response, name: string): void {
  res.clearCookie(cookieName(name), cookieOptions);
}
