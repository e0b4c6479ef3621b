import { randomBytes } from "node:crypto";
import csurf from "csurf";
import type { Request, RequestHandler, Response } from "express";
import { config } from "../config.js";
import { ForgedRequest } from "../errors.js";
import { isSafe } from "./addresses.js";
import { cookieName, cookieOptions, readCookies } from "./cookies.js";

// csurf is archived; it was chosen all the same and lives in this file alone: docs/decisions/0002-csurf.md
const value = (req: Request): string => {
  const token: unknown = req.body?._csrf ?? req.headers["x-csrf-token"];
  return typeof token === "string" ? token : "";
};
const VISITOR_COOKIE = cookieName("csrf");
const withSession = csurf({ value });
const withCookie = csurf({ value, cookie: { ...cookieOptions, key: VISITOR_COOKIE, signed: true } });

/** What only requests that may change something must pass. */
export const whenUnsafe =
  (locks: RequestHandler): RequestHandler =>
  (req, res, next) =>
    isSafe(req) ? next() : locks(req, res, next);

/** The first lock: unsafe requests need the token of a form that we drew for this very browser. */
export const csrfToken: RequestHandler = (req, res, next) => {
  readCookies(req, res);
  const known: unknown = req.user ? req.session.csrfSecret : req.signedCookies[VISITOR_COOKIE];
  if (!known) return next(new ForgedRequest());
  lockFor(req)(req, res, (error?: unknown) => next(error ? new ForgedRequest() : undefined));
};

/** The token for a form, made when the form is drawn: signed-in people's lives in the session, visitors' in a cookie. */
export function drawToken(req: Request, res: Response): string {
  res.setHeader("Cache-Control", "no-store");
  if (!req.user) readCookies(req, res);
  if (!req.csrfToken) lockFor(req)(req, res, () => {});
  return req.csrfToken();
}

/** The secret behind a session's tokens, made with it: two first pages at once would each make one, and one be lost. */
export const freshSecret = () => randomBytes(18).toString("base64url");

const lockFor = (req: Request) => (req.user ? withSession : withCookie);

/** The second lock: a browser says where a request comes from, and other sites cannot forge it (Fetch Metadata). */
export const sameOrigin: RequestHandler = (req, _res, next) => {
  const site = req.headers["sec-fetch-site"];
  const origin = req.headers.origin;
  const foreign = site === "cross-site" || site === "same-site" || (origin !== undefined && !isOurs(origin));
  next(foreign ? new ForgedRequest() : undefined);
};

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Outside production the loopback host may go by any of its names. */
function isOurs(origin: string): boolean {
  if (origin === config.baseUrl.origin) return true;
  const port = (address: string) => address.split(":").at(-1);
  return (
    !config.production &&
    LOOPBACK.test(origin) &&
    LOOPBACK.test(config.baseUrl.origin) &&
    port(origin) === port(config.baseUrl.origin)
  );
}
