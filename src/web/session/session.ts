import type { Request, RequestHandler, Response } from "express";
import type { SessionData } from "express-session";
import passport from "passport";
import { getActor, type Impersonator, type RequestUser } from "../../actor.js";
import { isUnavailable } from "../../database/errors.js";
import { rolesFingerprint } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import { digest } from "../../lib/secrets.js";
import { log } from "../../log.js";
import { Session } from "../../models/session.js";
import { type User as Account, hasSecondFactor, User } from "../../models/user.js";
import { clearCookie, hasCookie } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { IMPERSONATION_COOKIE, impersonationOr } from "./impersonation.js";
import { readSession } from "./read-only.js";
import { clearRegisterCookie } from "./register-cookie.js";
import { hasRememberCookie, reissueRememberCookie, stopRemembering } from "./remember-cookie.js";
import { findSession, loadSessionFrom, SESSION_COOKIE, SessionStore } from "./store.js";

declare global {
  namespace Express {
    interface User extends RequestUser {}
    interface Request {
      /** The user that was read together with the session. */
      person?: RequestUser | undefined;
      /** The user and the initial content of the session that is about to start (`startSession`). */
      startingSession?: { user: Account; arrival: Arrival } | undefined;
      /** True if the body was not complete when the session was read (recheck.ts). */
      isBodyLate?: boolean;
      /** The admin who impersonates `user`, and the end of the impersonation. */
      impersonator?: (Impersonator & { until: Date }) | undefined;
    }
  }
}
declare module "express-session" {
  interface SessionData {
    epoch: number;
    signedInAt: number;
    /** When the user last proved their identity (ASVS V7.5), in milliseconds. */
    authenticatedAt: number;
    /**
     * When the user last proved a second factor, in milliseconds; 0 if never. This is the level of the session: with a
     * second factor, it reaches AAL2 (NIST SP 800-63B-4, 2.2).
     */
    factorAt: number;
    /** Id of this browser's device record. */
    device: string;
    /** Time of the previous login, shown on the dashboard. */
    previousSignInAt: number | null;
    /** Hash of the remember-me secret issued with this session. Deleted when the browser has proved that it has it. */
    unseen?: string;
    ip: string;
    agent: string;
    csrfSecret: string;
    /** The user's roles when this session got its id (definitions/roles.ts). */
    rights: string;
    /** Stored id of the session that this one replaces (rotate.ts). */
    succeeds: string;
    /** True until the first request with this id (rotate.ts). */
    isOffered?: boolean;
    /** True if this session continues under another id (rotate.ts). */
    isSucceeded?: boolean;
    /**
     * The admin who impersonates this session's user, with the id and device of the admin's own session
     * (impersonation.ts).
     */
    impersonator: { id: string; session: string; device: string };
  }
}

/**
 * Loads the session and the user of a request. Does nothing for requests without our cookies. Examples:
 *
 * | request                                        | effect                                                   |
 * | ---------------------------------------------- | -------------------------------------------------------- |
 * | GET /, no cookie                               | nothing: no session, no user                             |
 * | GET /dashboard, `sid`                          | session and user read, without changes (read-only.ts)    |
 * | GET /dashboard, `sid`, the user's roles changed | loaded by express-session and passport, and a new id    |
 * | POST /posts, `sid`                             | loaded by express-session and passport                   |
 * | GET /dashboard, `sid` and `acting`             | the impersonated user's session (impersonation.ts)       |
 */
export function loadSessions(): RequestHandler {
  const load = loadSessionFrom(SESSION_COOKIE, new SessionStore(findSession));
  const identify: RequestHandler = passport.session();

  const loadOwn: RequestHandler = (req, res, next) => {
    if (!isSafe(req)) return loadFully(req, res, next);
    if (!hasCookie(req, SESSION_COOKIE) && !hasRememberCookie(req)) return next();
    readSession(req).then((isRead) => (isRead ? next() : loadFully(req, res, next)), next);
  };
  const loadFully: RequestHandler = (req, res, next) => {
    load(req, res, (error?: unknown) => (error ? next(error) : identify(req, res, next)));
  };
  const loadAny = impersonationOr(loadOwn);
  return (req, res, next) =>
    loadAny(req, res, (error?: unknown) => {
      req.isBodyLate = !req.complete;
      next(error);
    });
}

/** Returns true if the user's roles have changed since the session got its id. */
export const rolesChanged = (req: Request): boolean =>
  req.person !== undefined && (req.session.rights ?? "") !== rolesFingerprint(req.person);

/** Details of a login, from services/session/new-device.ts. */
export type Arrival = {
  device: string;
  previousSignInAt: Date | null;
  /** When the user proved a second factor, in milliseconds; missing if not at this login. */
  factorAt?: number;
  /** True if the user trusts this browser, so that the password was enough. */
  isTrusted?: boolean;
  /** True if a remember-me cookie or a mailed link came first, without the password: the login does not count as recent. */
  isRemembered?: boolean;
  /** The session's id, if concurrent requests must start the same session. Random if missing. */
  session?: string;
};

/**
 * Fills the new session. Passport calls this after creating the session id and before storing the session.
 * `startingSession` contains the user.
 */
passport.serializeUser((req: Request, _user: RequestUser, done: (error: unknown, id?: Account["_id"]) => void) => {
  if (!req.startingSession) return done(new TypeError("Only startSession may start a session."));
  const { user, arrival } = req.startingSession;
  const { ip, agent } = getActor(req);
  Object.assign(req.session, {
    csrfSecret: arrival.session ? digest(`csrf ${arrival.session}`) : createCsrfSecret(),
    rights: rolesFingerprint(user),
    epoch: user.sessionEpoch,
    signedInAt: Date.now(),
    authenticatedAt: arrival.isRemembered ? 0 : Date.now(),
    factorAt: arrival.factorAt ?? 0,
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

/**
 * Starts a session; there is no other way. Rotates the id, records when and where, and ends the previous session.
 * @throws Error if the account has a second factor that was not proved
 */
export async function startSession(req: Request, user: Account, arrival: Arrival): Promise<void> {
  if (req.impersonator) throw new Forbidden();
  if (hasSecondFactor(user) && !arrival.factorAt && !arrival.isTrusted)
    throw new Error("This account has a second factor: use enter() in routes/auth/enter.ts");
  const before = req.user;
  req.startingSession = { user, arrival };
  try {
    const toSerialize = { id: user.id } as Express.User; // only passed on; `startingSession` has the content
    await new Promise<void>((resolve, reject) =>
      req.logIn(toSerialize, (error) => (error ? reject(error) : resolve())),
    );
  } finally {
    req.startingSession = undefined;
    req.user = before; // passport set it to `toSerialize`, which pages cannot use
  }
}

/**
 * Renews this session after a change of credentials, which ends all sessions (ASVS V7.2.4). The browser stays
 * remembered. If the database is unavailable, the change is kept and the user must log in again.
 */
export async function renewSession(req: Request): Promise<void> {
  await renew(req).catch((err: unknown) => {
    if (!isUnavailable(err)) throw err;
    log.warn({ event: "session.not-renewed", request: req.id, err }, "session.not-renewed");
  });
}

async function renew(req: Request): Promise<void> {
  const user = await User.findById(req.user?.id).orFail();
  user.sessionEpoch = (req.session.epoch ?? 0) + 1; // a concurrent change, such as disabling, ends this session too
  await reauthenticateSession(req, user);
  if (req.res) await reissueRememberCookie(req, req.res, user);
}

/** Renews the session after a new proof of identity. @param user as it was read for that proof */
export async function reauthenticateSession(req: Request, user: User): Promise<void> {
  const { device = "", previousSignInAt, factorAt = 0 } = req.session;
  const previous = previousSignInAt ? new Date(previousSignInAt) : null;
  const level = { factorAt, isTrusted: factorAt === 0 }; // a session without a factor stays one
  await startSession(req, user, { device, previousSignInAt: previous, ...level });
}

/** Ends a session that this request has started, so that the response does not contain it. */
export async function discardSession(req: Request): Promise<void> {
  req.user = req.person = undefined;
  await new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())));
}

/**
 * Ends the sessions of this browser in the database and in its cookies, and stops remembering the browser (ASVS V7.4.1,
 * V14.3.1).
 * @param end ends the session first, with an outbox entry
 */
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
