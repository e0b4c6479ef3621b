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

// csurf is archived; it was chosen all the same and lives in this file alone: docs/decisions/0002-csurf.md
const sent = (req: Request): string => {
  const token: unknown = req.body?._csrf ?? req.headers["x-csrf-token"];
  return typeof token === "string" ? token : "";
};
/** The token that came with a form, to send it once more as it is: whether it is valid is asked then. */
export const readToken = (req: Request): string => /^[\w.-]{1,100}$/.exec(sent(req))?.[0] ?? "";
const value = (req: Request): string => sent(req).split(".").at(-1) ?? "";
const VISITOR_COOKIE = getCookieName("csrf");
const withSession = csurf({ value });
const withCookie = csurf({ value, cookie: { ...cookieOptions, key: VISITOR_COOKIE, signed: true } });

/** What only requests that may change something must pass. */
export const onUnsafeMethods =
  (locks: RequestHandler): RequestHandler =>
  (req, res, next) =>
    isSafe(req) ? next() : locks(req, res, next);

/** The first lock: unsafe requests need the token of a form that we drew for this very browser. */
export const requireCsrfToken: RequestHandler = (req, res, next) => {
  readCookies(req, res);
  const known: unknown = req.user ? req.session.csrfSecret : req.signedCookies[VISITOR_COOKIE];
  if (!known || !isDrawnHere(req, { owner: getFormOwner(req), subject: getFormSubject(req) }))
    return next(getRefusal(req));
  lockFor(req)(req, res, (error?: unknown) => next(error ? getRefusal(req) : undefined));
};

/** Names a user in the tokens of their forms, so that what one user typed is never put into another user's form. */
const deriveUserMark = (id: string, secret = config.sessionSecrets[0] ?? "") =>
  deriveSecret(secret, `form of ${id}`).slice(0, 16);

/** Names the user whose form was sent, also when their session has ended; "" for the form of a visitor. */
export const getFormOwner = (req: Request): string => /^([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** Names the user as whom an admin acted when the form was drawn; "" for a form in one's own name. */
export const getFormSubject = (req: Request): string => /^[\w-]{16}\.([\w-]{16})\./.exec(sent(req))?.[1] ?? "";

/** Who typed a form, an admin also while they impersonate a user, and the user in whose name it was then. */
export type DrawnFor = { owner: string; subject?: string };

const isMarkOf = (mark: string, id: string | undefined): boolean =>
  id === undefined ? mark === "" : config.sessionSecrets.some((secret) => deriveUserMark(id, secret) === mark);

/** The user at the browser: an admin also while they impersonate another user. */
const getTypistId = (req: Request) => (req.impersonator ?? req.user)?.id;
const getSubjectId = (req: Request) => (req.impersonator ? req.user?.id : undefined);

/** Whether the user of this request typed it, in their own name or another. */
export const isTypedBy = (req: Request, { owner }: DrawnFor): boolean => isMarkOf(owner, getTypistId(req));

/** Whether a form was drawn for the user of this request, in the same name; for a visitor where there is no user. */
export const isDrawnHere = (req: Request, form: DrawnFor): boolean =>
  isTypedBy(req, form) && isMarkOf(form.subject ?? "", getSubjectId(req));

/** The token for a form, made when the form is drawn: signed-in people's lives in the session, visitors' in a cookie. */
export function drawToken(req: Request, res: Response): string {
  res.setHeader("Cache-Control", "no-store");
  if (!req.user) readCookies(req, res);
  if (!req.csrfToken) lockFor(req)(req, res, () => {});
  const names = [getTypistId(req), getSubjectId(req)].filter((id) => id !== undefined);
  return [...names.map((id) => deriveUserMark(id)), req.csrfToken()].join(".");
}

/** Draws the tokens of this request for the user who has just logged in, or logged in again. */
export function resetTokens(req: Request): void {
  Object.assign(req, { csrfToken: undefined });
}

/** The secret behind a session's tokens, made with it: two first pages at once would each make one, and one be lost. */
export const createCsrfSecret = () => randomBytes(18).toString("base64url");

const lockFor = (req: Request) => (req.user ? withSession : withCookie);

/** The second lock: a browser says where a request comes from, and other sites cannot forge it (Fetch Metadata). */
export const requireSameOrigin: RequestHandler = (req, _res, next) =>
  next(isForeign(req) ? getRefusal(req) : undefined);

/** Whether another site sent this request. Nothing of it is read, and none of it is drawn. */
export function isForeign(req: Request): boolean {
  const site = req.headers["sec-fetch-site"];
  const origin = req.headers.origin;
  return site === "cross-site" || site === "same-site" || (origin !== undefined && !isOwnOrigin(origin));
}

/** Why a form is not taken, as far as the request tells: where it was opened, or that the browser keeps no cookies. */
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
 * Whether a page of ours sent this, opened by another name than BASE_URL, such as 127.0.0.1 for localhost. Browsers say so
 * where they trust the address (Fetch Metadata); elsewhere both names are the same only when the page is ours.
 */
export function isOpenedElsewhere({ headers }: Request): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === config.baseUrl.origin) return false;
  const site = headers["sec-fetch-site"];
  return site === "same-origin" || (site === undefined && origin.replace(/^https?:\/\//, "") === host);
}

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Whether pages of this origin may send forms. Outside production the loopback host may go by any of its names. */
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
