import type { Request, RequestHandler, Response } from "express";
import { type Actor, actorOf, type Person } from "../../actor.js";
import { config } from "../../config/index.js";
import { Session } from "../../models/session.js";
import type { User } from "../../models/user.js";
import { mayImpersonate } from "../../policies/users.js";
import { clearCookie, cookieName, cookieOptions, hasCookie, readCookies } from "../cookies.js";
import { freshSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { sayNow } from "../pages/flash.js";
import { ActingEnded } from "../pages/refusals.js";
import { withoutSecrets } from "../secret-urls.js";
import { rightsOf } from "./roles-fingerprint.js";
import { findActing, findSession, keepAlive, loadedFrom, SESSION_COOKIE, SessionStore, storageId } from "./store.js";

/** The cookie of a session in which an admin acts as somebody else. Their own is beside it, and stays as it is. */
export const ACTING_COOKIE = "acting";
const MINUTES = 60_000;
/** So long an admin may act as somebody, whatever they do meanwhile. */
const ACTING_MS = 30 * MINUTES;

/**
 * Lets the request of an impersonating admin pass as that user's; every other goes on with its own session. Whether the
 * impersonation still counts is asked at each request (docs/decisions/0018-impersonation.md). Grace, an admin, acts as Ada:
 *
 * | cookies         | state                                     | `req.user` | `req.impersonator` | what else                        |
 * | --------------- | ----------------------------------------- | ---------- | ------------------ | -------------------------------- |
 * | `sid`           | Grace is logged in                        | Grace      |                    |                                  |
 * | `sid`, `acting` | the impersonation is valid                | Ada        | Grace              | both sessions are kept alive     |
 * | `sid`, `acting` | over: 30 minutes, or a role was revoked   | Grace      |                    | `acting` goes; GET: a notice;    |
 * |                 |                                           |            |                    | POST: refused, meant as Ada      |
 * | `acting`        | Grace's session has ended                 | nobody     |                    | `acting` goes                    |
 */
export function actingOr(own: RequestHandler): RequestHandler {
  const loadActing = loadedFrom(ACTING_COOKIE, new SessionStore(findActing));
  return (req, res, next) => {
    if (!hasCookie(req, ACTING_COOKIE)) return own(req, res, next);
    continueAs(req, res, { own, loadActing }).then(() => next(), next);
  };
}

type Handlers = { own: RequestHandler; loadActing: RequestHandler };

/** @throws ActingEnded when the request was meant in the other name, and that is over */
async function continueAs(req: Request, res: Response, { own, loadActing }: Handlers): Promise<void> {
  const impersonator = await impersonatorOf(req, res);
  if (!impersonator) return endActing(req, res, own);
  await run(loadActing, req, res);
  if (!req.person) throw new ActingEnded(); // it ended since it was looked at
  req.user = req.person;
  req.impersonator = impersonator;
}

/** From here on the browser is its owner's again. What it sent was meant in the other name: that is not taken. */
async function endActing(req: Request, res: Response, own: RequestHandler): Promise<void> {
  clearCookie(res, ACTING_COOKIE);
  await run(own, req, res);
  if (!isSafe(req)) throw new ActingEnded();
  if (req.user) sayNow(res, "info", `Acting as somebody else has ended. You are ${req.user.username} again.`);
}

/** Waits for a handler to hand the request on. */
const run = (handler: RequestHandler, req: Request, res: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    handler(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
  });

/** Who acts as somebody with this request's two cookies; null where nobody does, or may any longer. */
async function impersonatorOf(req: Request, res: Response): Promise<Request["impersonator"] | null> {
  const [ownId, actingId] = [idIn(req, res, SESSION_COOKIE), idIn(req, res, ACTING_COOKIE)];
  if (!ownId || !actingId) return null;
  const [own, acting] = await Promise.all([findSession(ownId), findActing(actingId)]); // one read for both
  const by = acting?.session.impersonator;
  const isOwn = own && by?.id === own.person.id && by.session === storageId(ownId);
  if (!acting || !isOwn) return null;
  const until = (acting.session.signedInAt ?? 0) + ACTING_MS;
  if (Date.now() >= until || acting.session.rights !== rightsOf(acting.person)) return null;
  if (!mayImpersonate({ ...actorOf(req), user: own.person }, acting.person)) return null;
  await keepAlive(ownId, own.lastModified);
  return { id: own.person.id, username: own.person.username, until: new Date(until) };
}

/** The session id in a cookie that we signed, or null. */
function idIn(req: Request, res: Response, name: string): string | null {
  readCookies(req, res);
  const id: unknown = req.signedCookies[cookieName(name)];
  return typeof id === "string" && id !== "" ? id : null;
}

type Acting = { admin: Person; user: User; id: string };

/** Begins to act as somebody in this browser: with a second session, beside the admin's own. @param acting.id of that session */
export async function actAs(req: Request, res: Response, { admin, user, id }: Acting): Promise<void> {
  const { ip, agent } = actorOf(req);
  const content = {
    cookie: { ...cookieOptions, expires: null, originalMaxAge: null },
    passport: { user: user._id },
    epoch: user.sessionEpoch,
    signedInAt: Date.now(),
    authenticatedAt: 0,
    rights: rightsOf(user),
    csrfSecret: freshSecret(),
    impersonator: { id: admin.id, session: storageId(req.sessionID), device: req.session.device ?? "" },
    ip,
    agent,
  };
  await Session.begin(storageId(id), content, new Date(Date.now() + config.sessionIdleMs));
  readCookies(req, res);
  res.cookie(cookieName(ACTING_COOKIE), id, { ...cookieOptions, signed: true });
}

/** From here on the browser is the admin's own again, after the session in which they acted has ended. */
export const stopActing = (res: Response): void => clearCookie(res, ACTING_COOKIE);

/** These only end it, and are written down there. */
const leaving = ["/impersonation/end", "/logout"];

/** Has everything written down that an admin sends in somebody's name, whether it is taken or refused. */
export const noted =
  (note: (actor: Actor, address: string) => Promise<void>): RequestHandler =>
  (req, _res, next) => {
    if (!req.impersonator || leaving.includes(req.path)) return next();
    note(actorOf(req), withoutSecrets(req.path)).then(() => next(), next);
  };
