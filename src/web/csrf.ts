import { randomBytes } from "node:crypto";
import csurf from "csurf";
import type { Request, RequestHandler, Response } from "express";
import { config } from "../config/index.js";
import { ForgedRequest } from "../errors.js";
import { deriveSecret } from "../lib/secrets.js";
import { log } from "../log.js";
import { cookieOptions, getCookieName, readCookies } from "./cookies.js";
import { isSafe } from "./mount.js";
import { NoCookies, OpenedElsewhere } from "./pages/refusals.js";

// csurf is archived. It was chosen deliberately and is used only in this file: docs/decisions/0002-csurf.md
const sent = (req: Request): string => {
  const token: unknown = req.body?._csrf ?? req.headers["x-csrf-token"];
  return typeof token === "string" ? token : "";
};
/** Returns the token sent with a form, to send it again unchanged; it is verified then. */
export const readToken = (req: Request): string => /^[\w.-]{1,100}$/.exec(sent(req))?.[0] ?? "";
const value = (req: Request): string => sent(req).split(".").at(-1) ?? "";
const VISITOR_COOKIE = getCookieName("csrf");
const withSession = csurf({ value });
const withCookie = csurf({ value, cookie: { ...cookieOptions, key: VISITOR_COOKIE, signed: true } });

/** Applies the checks only to requests that may change something. */
export const onUnsafeMethods =
  (locks: RequestHandler): RequestHandler =>
  (req, res, next) =>
    isSafe(req) ? next() : locks(req, res, next);

/** First check: an unsafe request needs the token of a form that was rendered for this browser. */
export const requireCsrfToken: RequestHandler = (req, res, next) => {
  readCookies(req, res);
  const known: unknown = req.user ? req.session.csrfSecret : req.signedCookies[VISITOR_COOKIE];
  if (!known || !isDrawnHere(req, { owner: getFormOwner(req), subject: getFormSubject(req) }))
    return next(getRefusal(req));
  lockFor(req)(req, res, (error?: unknown) => next(error ? getRefusal(req) : undefined));
};

/** Derives the mark of a user in the tokens of their forms, so that one user's input never fills another user's form. */
const deriveUserMark = (id: string, secret = config.sessionSecrets[0] ?? "") =>
  deriveSecret(secret, `form of ${id}`).slice(0, 16);

/** Returns the mark of the user whose form was sent, even if their session has ended; "" for a visitor's form. */
export const getFormOwner = (req: Request): string => /^([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** Returns the mark of the user whom an admin impersonated when the form was rendered; "" without impersonation. */
export const getFormSubject = (req: Request): string => /^[\w-]{16}\.([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** The user who filled in a form (the admin during impersonation), and the impersonated user, as marks. */
export type DrawnFor = { owner: string; subject?: string };

const isMarkOf = (mark: string, id: string | undefined): boolean =>
  id === undefined ? mark === "" : config.sessionSecrets.some((secret) => deriveUserMark(id, secret) === mark);

/** The user at the browser; during impersonation, the admin. */
const getTypistId = (req: Request) => (req.impersonator ?? req.user)?.id;
const getSubjectId = (req: Request) => (req.impersonator ? req.user?.id : undefined);

/** Returns true if the user of this request filled in the form, impersonating or not. */
export const isTypedBy = (req: Request, { owner }: DrawnFor): boolean => isMarkOf(owner, getTypistId(req));

/**
 * Returns true if the form was rendered for the user of this request, with the same impersonation; or for a visitor
 * without a user.
 */
export const isDrawnHere = (req: Request, form: DrawnFor): boolean =>
  isTypedBy(req, form) && isMarkOf(form.subject ?? "", getSubjectId(req));

/** Creates the token when a form is rendered: a user's secret is in the session, a visitor's in a cookie. */
export function drawToken(req: Request, res: Response): string {
  res.setHeader("Cache-Control", "no-store");
  if (!req.user) readCookies(req, res);
  if (!req.csrfToken) lockFor(req)(req, res, () => {});
  const names = [getTypistId(req), getSubjectId(req)].filter((id) => id !== undefined);
  return [...names.map((id) => deriveUserMark(id)), req.csrfToken()].join(".");
}

/** Makes the request create tokens for the user who has just logged in, or logged in again. */
export function resetTokens(req: Request): void {
  Object.assign(req, { csrfToken: undefined });
}

/** Creates the CSRF secret together with the session: two first pages at once would each make one, and one would be lost. */
export const createCsrfSecret = () => randomBytes(18).toString("base64url");

const lockFor = (req: Request) => (req.user ? withSession : withCookie);

/** Second check: browsers send the origin of a request, and other sites cannot forge it (Fetch Metadata). */
export const requireSameOrigin: RequestHandler = (req, _res, next) =>
  next(isForeign(req) ? getRefusal(req) : undefined);

/** Returns true if another site sent this request. Its content is neither read nor rendered. */
export function isForeign(req: Request): boolean {
  const site = req.headers["sec-fetch-site"];
  const origin = req.headers.origin;
  return site === "cross-site" || site === "same-site" || (origin !== undefined && !isOwnOrigin(origin));
}

/** Chooses the error for a refused form: opened at another address, no cookies, or a wrong token. */
function getRefusal(req: Request): ForgedRequest {
  if (isOpenedElsewhere(req)) {
    log.warn(
      { event: "request.elsewhere", request: req.id, baseUrl: config.baseUrl.origin },
      "opened at another address than BASE_URL",
    );
    return new OpenedElsewhere(config.baseUrl.origin);
  }
  return req.headers.cookie ? new ForgedRequest() : new NoCookies();
}

/**
 * Returns true if one of our pages sent this, opened under another name than BASE_URL, such as 127.0.0.1 for localhost.
 * Browsers say so where they trust the address (Fetch Metadata); elsewhere, Origin and Host agree only for our own
 * pages.
 */
export function isOpenedElsewhere({ headers }: Request): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === config.baseUrl.origin) return false;
  const site = headers["sec-fetch-site"];
  return site === "same-origin" || (site === undefined && origin.replace(/^https?:\/\//, "") === host);
}

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Returns true if pages of this origin may send forms. Outside production, any name of the loopback host is accepted. */
export function isOwnOrigin(origin: string): boolean {
  if (origin === config.baseUrl.origin) return true;
  const port = (address: string) => address.split(":").at(-1);
  return (
    !config.production &&
    LOOPBACK.test(origin) &&
    LOOPBACK.test(config.baseUrl.origin) &&
    port(origin) === port(config.baseUrl.origin)
  );
}
