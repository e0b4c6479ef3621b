import csurf from "csurf";
import type { Request, RequestHandler, Response } from "express";
import { config } from "../config/index.js";
import { ForgedRequest } from "../errors.js";
import { BoundedMap } from "../lib/bounded-map.js";
import { deriveSecret, takeRandomBytes } from "../lib/secrets.js";
import { log } from "../log.js";
import { cookieOptions, getCookieName, readCookies } from "./cookies.js";
import { isSafe } from "./mount.js";
import { NoCookies, OpenedElsewhere } from "./pages/refusals.js";

// csurf is archived. It was chosen deliberately and is used only in this file: docs/decisions/0002-csurf.md
const sent = (req: Request): string => {
  const token: unknown = req.body?._csrf ?? req.headers["x-csrf-token"];
  return typeof token === "string" ? token : "";
};
/**
 * Returns the token that was sent with a form, in order to render it again. It is verified when the form is sent again.
 */
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

/** First check: an unsafe request must have the token of a form that was rendered for this browser. */
export const requireCsrfToken: RequestHandler = (req, res, next) => {
  readCookies(req, res);
  const known: unknown = req.user ? req.session.csrfSecret : req.signedCookies[VISITOR_COOKIE];
  if (!known || !isDrawnHere(req, { owner: getFormOwner(req), subject: getFormSubject(req) }))
    return next(getRefusal(req));
  lockFor(req)(req, res, (error?: unknown) => next(error ? getRefusal(req) : undefined));
};

/**
 * Derives a mark that identifies the user in the tokens of their forms, so that input never ends up in another user's
 * form.
 */
const deriveUserMark = (id: string, secret = config.sessionSecrets[0] ?? "") =>
  deriveSecret(secret, `form of ${id}`).slice(0, 16);

/** The marks of the last users who got a form. A mark never changes, and deriving it takes as long as ten form fields. */
const marks = new BoundedMap<string, string>(10_000);

function getUserMark(id: string): string {
  const mark = marks.get(id) ?? deriveUserMark(id);
  marks.set(id, mark);
  return mark;
}

/**
 * Returns the mark of the user whose form was sent, even if their session has ended. Returns "" for a visitor's form.
 */
export const getFormOwner = (req: Request): string => /^([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** Returns the mark of the user who was impersonated when the form was rendered, or "" without impersonation. */
export const getFormSubject = (req: Request): string => /^[\w-]{16}\.([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** Marks of the user who filled in a form (during impersonation, the admin) and of the impersonated user. */
export type DrawnFor = { owner: string; subject?: string };

const isMarkOf = (mark: string, id: string | undefined): boolean =>
  id === undefined ? mark === "" : config.sessionSecrets.some((secret) => deriveUserMark(id, secret) === mark);

/** Returns the id of the user at the browser. During impersonation, that is the admin. */
const getTypistId = (req: Request) => (req.impersonator ?? req.user)?.id;
const getSubjectId = (req: Request) => (req.impersonator ? req.user?.id : undefined);

/** Returns true if the user of this request filled in the form, with or without impersonation. */
export const isTypedBy = (req: Request, { owner }: DrawnFor): boolean => isMarkOf(owner, getTypistId(req));

/**
 * Returns true if the form was rendered for the user of this request and the same impersonation. For visitors, returns
 * true if it was rendered for a visitor.
 */
export const isDrawnHere = (req: Request, form: DrawnFor): boolean =>
  isTypedBy(req, form) && isMarkOf(form.subject ?? "", getSubjectId(req));

/** Creates the token of a form. The secret is in the session for users, and in a cookie for visitors. */
export function drawToken(req: Request, res: Response): string {
  res.setHeader("Cache-Control", "no-store");
  if (!req.user) setVisitorSecret(req, res);
  if (!req.csrfToken) lockFor(req)(req, res, () => {});
  const names = [getTypistId(req), getSubjectId(req)].filter((id) => id !== undefined);
  return [...names.map(getUserMark), req.csrfToken()].join(".");
}

/** Gives a visitor a secret, unless the browser has sent one. csurf would do the same, but slower. */
function setVisitorSecret(req: Request, res: Response): void {
  readCookies(req, res);
  if (req.signedCookies[VISITOR_COOKIE]) return;
  const secret = createCsrfSecret();
  req.signedCookies[VISITOR_COOKIE] = secret;
  res.cookie(VISITOR_COOKIE, secret, { ...cookieOptions, signed: true });
}

/** From here on, CSRF tokens created in this request belong to the user who has just logged in. */
export function resetTokens(req: Request): void {
  Object.assign(req, { csrfToken: undefined });
}

/**
 * Creates the CSRF secret of a new session. If two first pages created it at the same time, one secret would be lost.
 */
export const createCsrfSecret = () => takeRandomBytes(18).toString("base64url");

const lockFor = (req: Request) => (req.user ? withSession : withCookie);

/** Second check: browsers report where a request comes from, and other sites cannot forge this (Fetch Metadata). */
export const requireSameOrigin: RequestHandler = (req, _res, next) =>
  next(isForeign(req) ? getRefusal(req) : undefined);

/** Returns true if another site sent this request. Its content is then neither read nor rendered. */
export function isForeign(req: Request): boolean {
  const site = req.headers["sec-fetch-site"];
  const origin = req.headers.origin;
  return site === "cross-site" || site === "same-site" || (origin !== undefined && !isOwnOrigin(origin));
}

/** Returns the error for a refused form: site opened at another address, no cookies, or an invalid token. */
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
 * Returns true if the form comes from our own site, opened under another name than BASE_URL, such as 127.0.0.1 instead
 * of localhost. Browsers report it at addresses they trust (Fetch Metadata). At other addresses, Origin and Host are
 * equal only for our own pages.
 */
export function isOpenedElsewhere({ headers }: Request): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === config.baseUrl.origin) return false;
  const site = headers["sec-fetch-site"];
  return site === "same-origin" || (site === undefined && origin.replace(/^https?:\/\//, "") === host);
}

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Returns true if pages of this origin may send forms. Outside production, this includes all names of the loopback
 * host.
 */
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
