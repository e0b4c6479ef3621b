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
 * Lets the request of an admin who acts as somebody pass as that person's; every other goes on with its own session. Whether
 * it still counts is asked at each request (docs/decisions/0018-impersonation.md).
 */
export function actingOr(own: RequestHandler): RequestHandler {
  const load = loadedFrom(ACTING_COOKIE, new SessionStore(findActing));
  return (req, res, next) => {
    if (!hasCookie(req, ACTING_COOKIE)) return own(req, res, next);
    impersonatorOf(req, res).then((impersonator) => {
      if (!impersonator) return backToOneself(own)(req, res, next);
      load(req, res, (error?: unknown) => {
        if (error || !req.person) return next(error ?? new ActingEnded());
        req.user = req.person;
        req.impersonator = impersonator;
        next();
      });
    }, next);
  };
}

/** Who acts as somebody with this request's two cookies; null where nobody does, or may any longer. */
async function impersonatorOf(req: Request, res: Response): Promise<Request["impersonator"] | null> {
  const [ownId, actingId] = [idIn(req, res, SESSION_COOKIE), idIn(req, res, ACTING_COOKIE)];
  if (!ownId || !actingId) return null;
  const [own, acting] = await Promise.all([findSession(ownId), findActing(actingId)]); // one read for both
  const by = acting?.session.impersonator;
  if (!own || !acting || by?.id !== own.person.id || by.session !== storageId(ownId)) return null;
  const until = (acting.session.signedInAt ?? 0) + ACTING_MS;
  const isAsItWas = acting.session.rights === rightsOf(acting.person) && Date.now() < until;
  if (!isAsItWas || !mayImpersonate({ ...actorOf(req), user: own.person }, acting.person)) return null;
  await keepAlive(ownId, own.lastModified);
  return { id: own.person.id, username: own.person.username, until: new Date(until) };
}

/** From here on the browser is its owner's again. What it sent was meant in the other name: that is not taken. */
const backToOneself =
  (own: RequestHandler): RequestHandler =>
  (req, res, next) => {
    clearCookie(res, ACTING_COOKIE);
    own(req, res, (error?: unknown) => {
      if (error) return next(error);
      if (!isSafe(req)) return next(new ActingEnded());
      if (req.user) sayNow(res, "info", `Acting as somebody else has ended. You are ${req.user.username} again.`);
      next();
    });
  };

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
