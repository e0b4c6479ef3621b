import type { Request, RequestHandler, Response } from "express";
import { type Actor, getActor, type RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";
import { Session } from "../../models/session.js";
import type { User } from "../../models/user.js";
import { mayImpersonate } from "../../policies/users.js";
import { clearCookie, cookieOptions, getCookieName, hasCookie, readCookies } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { flashNow } from "../pages/flash.js";
import { ImpersonationEnded } from "../pages/refusals.js";
import { removeSecrets } from "../secret-urls.js";
import { rolesFingerprint } from "./roles-fingerprint.js";
import {
  findImpersonationSession,
  findSession,
  keepAlive,
  loadSessionFrom,
  SESSION_COOKIE,
  SessionStore,
  storageId,
} from "./store.js";

/** The cookie of a session in which an admin acts as somebody else. Their own is beside it, and stays as it is. */
export const IMPERSONATION_COOKIE = "acting";
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
export function impersonationOr(own: RequestHandler): RequestHandler {
  const loadActing = loadSessionFrom(IMPERSONATION_COOKIE, new SessionStore(findImpersonationSession));
  return (req, res, next) => {
    if (!hasCookie(req, IMPERSONATION_COOKIE)) return own(req, res, next);
    continueAs(req, res, { own, loadActing }).then(() => next(), next);
  };
}

type Handlers = { own: RequestHandler; loadActing: RequestHandler };

/** @throws ImpersonationEnded when the request was meant in the other name, and that is over */
async function continueAs(req: Request, res: Response, { own, loadActing }: Handlers): Promise<void> {
  const impersonator = await findImpersonator(req, res);
  if (!impersonator) return endActing(req, res, own);
  await run(loadActing, req, res);
  if (!req.person) throw new ImpersonationEnded(); // it ended since it was looked at
  req.user = req.person;
  req.impersonator = impersonator;
}

/** From here on the browser is its owner's again. What it sent was meant in the other name: that is not taken. */
async function endActing(req: Request, res: Response, own: RequestHandler): Promise<void> {
  clearCookie(res, IMPERSONATION_COOKIE);
  await run(own, req, res);
  if (!isSafe(req)) throw new ImpersonationEnded();
  if (req.user) flashNow(res, "info", `You're no longer acting as another user. You're ${req.user.username} again.`);
}

/** Waits for a handler to hand the request on. */
const run = (handler: RequestHandler, req: Request, res: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    handler(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
  });

/** Who acts as somebody with this request's two cookies; null where nobody does, or may any longer. */
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
  await keepAlive(ownId, own.lastModified);
  return { id: own.person.id, username: own.person.username, until: new Date(until) };
}

/** The session id in a cookie that we signed, or null. */
function idIn(req: Request, res: Response, name: string): string | null {
  readCookies(req, res);
  const id: unknown = req.signedCookies[getCookieName(name)];
  return typeof id === "string" && id !== "" ? id : null;
}

type Acting = { admin: RequestUser; user: User; id: string };

/** Begins to act as somebody in this browser: with a second session, beside the admin's own. @param acting.id of that session */
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

/** From here on the browser is the admin's own again, after the session in which they acted has ended. */
export const clearImpersonationCookie = (res: Response): void => clearCookie(res, IMPERSONATION_COOKIE);

/** These only end it, and are written down there. */
const leaving = ["/impersonation/end", "/logout"];

/** Has everything written down that an admin sends in somebody's name, whether it is taken or refused. */
export const auditImpersonation =
  (note: (actor: Actor, address: string) => Promise<void>): RequestHandler =>
  (req, _res, next) => {
    if (!req.impersonator || leaving.includes(req.path)) return next();
    note(getActor(req), removeSecrets(req.path)).then(() => next(), next);
  };
