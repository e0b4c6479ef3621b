import type { Request, RequestHandler, Response } from "express";
import { type Actor, getActor, type RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";
import { rolesFingerprint } from "../../definitions/roles.js";
import { Session } from "../../models/session.js";
import type { User } from "../../models/user.js";
import { mayImpersonate } from "../../policies/users.js";
import { clearCookie, cookieOptions, getCookieName, hasCookie, readCookies } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { flashNow } from "../pages/flash.js";
import { ImpersonationEnded } from "../pages/refusals.js";
import { removeSecrets } from "../secret-urls.js";
import {
  findImpersonationSession,
  findSession,
  keepAlive,
  loadSessionFrom,
  SESSION_COOKIE,
  SessionStore,
  storageId,
} from "./store.js";

/** The cookie of an impersonation session. The admin keeps their own session cookie. */
export const IMPERSONATION_COOKIE = "acting";
const MINUTES = 60_000;
/** The maximum duration of an impersonation, even if the admin is active. */
export const ACTING_MS = 30 * MINUTES;

/**
 * Runs requests of an impersonating admin as the impersonated user. All other requests use their own session. Each
 * request checks whether the impersonation is still valid (docs/decisions/0018-impersonation.md). Example: Grace, an
 * admin, impersonates Ada:
 *
 * | cookies         | state                                    | `req.user` | `req.impersonator` | effect                            |
 * | --------------- | ---------------------------------------- | ---------- | ------------------ | --------------------------------- |
 * | `sid`           | Grace is logged in                       | Grace      |                    |                                   |
 * | `sid`, `acting` | the impersonation is valid               | Ada        | Grace              | both sessions are kept alive      |
 * | `sid`, `acting` | ended: 30 minutes, or a role was revoked | Grace      |                    | `acting` is deleted; GET: notice; |
 * |                 |                                          |            |                    | POST: refused (sent as Ada)       |
 * | `acting`        | Grace's session has ended                | nobody     |                    | `acting` is deleted               |
 */
export function impersonationOr(own: RequestHandler): RequestHandler {
  const loadActing = loadSessionFrom(IMPERSONATION_COOKIE, new SessionStore(findImpersonationSession));
  return (req, res, next) => {
    if (!hasCookie(req, IMPERSONATION_COOKIE)) return own(req, res, next);
    continueAs(req, res, { own, loadActing }).then(() => next(), next);
  };
}

type Handlers = { own: RequestHandler; loadActing: RequestHandler };

/** @throws ImpersonationEnded if the request was sent during an impersonation that has ended */
async function continueAs(req: Request, res: Response, { own, loadActing }: Handlers): Promise<void> {
  const impersonator = await findImpersonator(req, res);
  if (!impersonator) return endActing(req, res, own);
  await run(loadActing, req, res);
  if (!req.person) throw new ImpersonationEnded(); // it has just ended
  // These are for the user, whose password and factors the admin never uses.
  req.user = { ...req.person, mustChangePassword: false, mustAddFactor: false };
  req.impersonator = impersonator;
}

/** Returns to the admin's own session. Refuses a form that was sent during the impersonation. */
async function endActing(req: Request, res: Response, own: RequestHandler): Promise<void> {
  clearCookie(res, IMPERSONATION_COOKIE);
  await run(own, req, res);
  if (!isSafe(req)) throw new ImpersonationEnded();
  if (req.user) flashNow(res, "info", `You're no longer acting as another user. You're ${req.user.username} again.`);
}

/** Checks an impersonation again, after the body of a form. @throws ImpersonationEnded */
export async function recheckImpersonation(req: Request, res: Response): Promise<void> {
  if (await findImpersonator(req, res)) return;
  req.user = req.person = req.impersonator = undefined;
  clearCookie(res, IMPERSONATION_COOKIE);
  throw new ImpersonationEnded();
}

/** Runs a handler and waits until it calls `next`. */
const run = (handler: RequestHandler, req: Request, res: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    handler(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
  });

/**
 * Returns the admin who impersonates a user with the two cookies of this request. Returns null if there is no
 * impersonation, or if it is no longer allowed.
 */
async function findImpersonator(req: Request, res: Response): Promise<Request["impersonator"] | null> {
  const [ownId, actingId] = [idIn(req, res, SESSION_COOKIE), idIn(req, res, IMPERSONATION_COOKIE)];
  if (!ownId || !actingId) return null;
  const [own, acting] = await Promise.all([findSession(ownId), findImpersonationSession(actingId)]); // one read for both
  const by = acting?.session.impersonator;
  const isOwn = own && by?.id === own.person.id && by.session === storageId(ownId);
  if (!acting || !isOwn) return null;
  const until = (acting.session.signedInAt ?? 0) + ACTING_MS;
  if (Date.now() >= until || acting.session.rights !== rolesFingerprint(acting.person)) return null;
  if (!mayImpersonate({ ...getActor(req), user: own.person }, acting.person)) return null;
  keepAlive(ownId, own.lastModified);
  return { id: own.person.id, username: own.person.username, until: new Date(until) };
}

/** Returns the session id from a signed cookie, or null. */
function idIn(req: Request, res: Response, name: string): string | null {
  readCookies(req, res);
  const id: unknown = req.signedCookies[getCookieName(name)];
  return typeof id === "string" && id !== "" ? id : null;
}

type Acting = { admin: RequestUser; user: User; id: string };

/**
 * Starts an impersonation in this browser, as a second session beside the admin's own.
 * @param acting.id the new session's id
 */
export async function openImpersonationSession(
  req: Request,
  res: Response,
  { admin, user, id }: Acting,
): Promise<void> {
  const { ip, agent } = getActor(req);
  const content = {
    cookie: { ...cookieOptions, expires: null, originalMaxAge: null },
    passport: { user: user._id },
    epoch: user.sessionEpoch,
    signedInAt: Date.now(),
    authenticatedAt: 0,
    rights: rolesFingerprint(user),
    csrfSecret: createCsrfSecret(),
    impersonator: { id: admin.id, session: storageId(req.sessionID), device: req.session.device ?? "" },
    ip,
    agent,
  };
  await Session.start(storageId(id), content, new Date(Date.now() + config.sessionIdleMs));
  readCookies(req, res);
  res.cookie(getCookieName(IMPERSONATION_COOKIE), id, { ...cookieOptions, signed: true });
}

/** Returns to the admin's own session after the impersonation session has ended. */
export const clearImpersonationCookie = (res: Response): void => clearCookie(res, IMPERSONATION_COOKIE);

/** These requests only end the impersonation. They record that themselves. */
const leaving = ["/impersonation/end", "/logout"];

/** Records every form that an admin sends during impersonation, whether or not it is accepted. */
export const auditImpersonation =
  (note: (actor: Actor, address: string) => Promise<void>): RequestHandler =>
  (req, _res, next) => {
    if (!req.impersonator || leaving.includes(req.path)) return next();
    note(getActor(req), removeSecrets(req.path)).then(() => next(), next);
  };
