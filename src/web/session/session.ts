import type { Request, RequestHandler, Response } from "express";
import type { SessionData } from "express-session";
import passport from "passport";
import { getActor, type Impersonator, type RequestUser } from "../../actor.js";
import { isUnavailable } from "../../database/errors.js";
import { Forbidden } from "../../errors.js";
import { digest } from "../../lib/secrets.js";
import { log } from "../../log.js";
import { Session } from "../../models/session.js";
import { type User as Account, User } from "../../models/user.js";
import { clearCookie, hasCookie } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { IMPERSONATION_COOKIE, impersonationOr } from "./impersonation.js";
import { clearRegisterCookie } from "./register-cookie.js";
import { hasRememberCookie, reissueRememberCookie, stopRemembering } from "./remember-cookie.js";
import { rolesFingerprint } from "./roles-fingerprint.js";
import { findSession, loadSessionFrom, SESSION_COOKIE, SessionStore } from "./store.js";

declare global {
  namespace Express {
    interface User extends RequestUser {}
    interface Request {
      /** The person read together with the session. */
      person?: RequestUser | undefined;
      /** Who is about to get a session, and what it begins with (`startSession`). */
      startingSession?: { user: Account; arrival: Arrival } | undefined;
      /** The admin who acts as `user`, and until when. */
      impersonator?: (Impersonator & { until: Date }) | undefined;
    }
  }
}
declare module "express-session" {
  interface SessionData {
    epoch: number;
    signedInAt: number;
    /** When the person last proved who they are (ASVS V7.5). */
    authenticatedAt: number;
    /** The id of this browser's entry among the person's devices. */
    device: string;
    /** When the person signed in before this time, for the dashboard. */
    previousSignInAt: number | null;
    /** Marks the "remember me" secret that came with this session, until its browser is seen with it (remember-me.ts). */
    unseen?: string;
    ip: string;
    agent: string;
    csrfSecret: string;
    /** The roles that the person had when this session got its id (roles-fingerprint.ts). */
    rights: string;
    /** The id, as stored, of the session that this one continues (rotate.ts). */
    succeeds: string;
    /** No request has come with this id yet (rotate.ts). */
    isOffered?: boolean;
    /** This session goes on under another id (rotate.ts). */
    isSucceeded?: boolean;
    /** Who acts as this session's person, with the id and device of their own session (impersonation.ts). */
    impersonator: { id: string; session: string; device: string };
  }
}

/**
 * Loads the session and the user of a request. Requests without a cookie of ours pass without any work. Examples:
 *
 * | request                                        | what is done                                             |
 * | ---------------------------------------------- | -------------------------------------------------------- |
 * | GET /, no cookie                               | nothing: no session, no user                             |
 * | GET /dashboard, `sid`                          | session and user in one read; `req.user` is that user    |
 * | GET /dashboard, `sid`, the user's roles changed | the same by passport, and a new id (rotate.ts)          |
 * | POST /posts, `sid`                             | the same by passport                                     |
 * | GET /dashboard, `sid` and `acting`             | the impersonated user's session (impersonation.ts)       |
 */
export function loadSessions(): RequestHandler {
  const load = loadSessionFrom(SESSION_COOKIE, new SessionStore(findSession));
  const identify: RequestHandler = passport.session();

  const loadOwn: RequestHandler = (req, res, next) => {
    if (isSafe(req) && !hasCookie(req, SESSION_COOKIE) && !hasRememberCookie(req)) return next();
    load(req, res, (error?: unknown) => (error ? next(error) : setUser(req, res, next)));
  };
  const setUser: RequestHandler = (req, res, next) => {
    if (!isSafe(req) || !req.person || rolesChanged(req)) return identify(req, res, next);
    // What passport would find too, without the tenth of a page's time that it takes to look (docs/bench).
    req.user = req.person;
    next();
  };
  return impersonationOr(loadOwn);
}

/** Whether the person of a session has other roles than when it got its id. */
export const rolesChanged = (req: Request): boolean =>
  req.person !== undefined && (req.session.rights ?? "") !== rolesFingerprint(req.person);

/** What is known of a login; services/session/new-device.ts gathers it. */
export type Arrival = {
  device: string;
  previousSignInAt: Date | null;
  /** Whether a "remember me" cookie brought the person, so that they proved nothing just now. */
  isRemembered?: boolean;
  /** The id that the session gets, where it is not by chance: requests that come at once begin the same one. */
  session?: string;
};

/** Fills the new session. Passport calls it when the session has its new id and before it is stored; `startingSession` says for whom. */
passport.serializeUser((req: Request, _user: RequestUser, done: (error: unknown, id?: Account["_id"]) => void) => {
  if (!req.startingSession) return done(new TypeError("A session begins by signIn alone."));
  const { user, arrival } = req.startingSession;
  const { ip, agent } = getActor(req);
  Object.assign(req.session, {
    csrfSecret: arrival.session ? digest(`csrf ${arrival.session}`) : createCsrfSecret(),
    rights: rolesFingerprint(user),
    epoch: user.sessionEpoch,
    signedInAt: Date.now(),
    authenticatedAt: arrival.isRemembered ? 0 : Date.now(),
    previousSignInAt: arrival.previousSignInAt?.getTime() ?? null,
    device: arrival.device,
    ip,
    agent,
  } satisfies Partial<SessionData>);
  done(null, user._id);
});

/** The user was read together with the session (store.ts). */
passport.deserializeUser((req: Request, _id: unknown, done: (error: unknown, user?: RequestUser | false) => void) => {
  done(null, req.person ?? false);
});

/** The only way into a session: renews its id, notes when and from where, and ends the one before. */
export async function startSession(req: Request, user: Account, arrival: Arrival): Promise<void> {
  if (req.impersonator) throw new Forbidden();
  const before = req.user;
  req.startingSession = { user, arrival };
  try {
    const toSerialize = { id: user.id } as Express.User; // passport only hands it on: `startingSession` says what is stored
    await new Promise<void>((resolve, reject) =>
      req.logIn(toSerialize, (error) => (error ? reject(error) : resolve())),
    );
  } finally {
    req.startingSession = undefined;
    req.user = before; // passport leaves what it serialized, which is no user that a page can be drawn for
  }
}

/**
 * Renews this session after a change of credentials, which ended all of them (ASVS V7.2.4). A browser that was remembered still is.
 * Without the database the change stays done, and its user has to log in again.
 */
export async function renewSession(req: Request): Promise<void> {
  await renew(req).catch((err: unknown) => {
    if (!isUnavailable(err)) throw err;
    log.warn({ event: "session.not-renewed", request: req.id, err }, "session.not-renewed");
  });
}

async function renew(req: Request): Promise<void> {
  const user = await User.findById(req.user?.id).orFail();
  user.sessionEpoch = (req.session.epoch ?? 0) + 1; // a second change at the same time, a lock perhaps, ends this one too
  await reauthenticateSession(req, user);
  if (req.res) await reissueRememberCookie(req, req.res, user);
}

/** The same after the person proved once more who they are. @param user as they were read for that proof */
export async function reauthenticateSession(req: Request, user: User): Promise<void> {
  const { device = "", previousSignInAt } = req.session;
  await startSession(req, user, { device, previousSignInAt: previousSignInAt ? new Date(previousSignInAt) : null });
}

/** Ends the sessions of this browser on both sides; it is remembered no longer (ASVS V7.4.1, V14.3.1). @param end does so first, with an entry */
export async function endSession(req: Request, res: Response, end = async () => {}): Promise<void> {
  const own = req.session.impersonator ?? { id: req.user?.id, device: req.session.device };
  await stopRemembering(req, res, own.device);
  await end();
  if (own.id && own.device) await Session.endOnDevice(own.id, own.device);
  if ("session" in own) await Session.end(own.session);
  await new Promise<void>((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())));
  for (const name of [SESSION_COOKIE, IMPERSONATION_COOKIE]) if (hasCookie(req, name)) clearCookie(res, name);
  clearRegisterCookie(req, res);
  res.setHeader("Clear-Site-Data", '"cache"');
}
