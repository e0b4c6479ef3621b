import type { Request, RequestHandler, Response } from "express";
import { type Actor, getActor } from "../../actor.js";
import {
  hashRememberToken,
  isRemembered,
  noteSeen,
  type PresentedToken,
  type RememberResult,
} from "../../models/session/remember-me.js";
import { Session } from "../../models/session.js";
import { clearRememberCookie, hasRememberCookie, readRememberCookie, setRememberCookie } from "./remember-cookie.js";
import { startSession } from "./session.js";
import { findSession, joinSession, storageId } from "./store.js";

type Known = Extract<RememberResult, { kind: "valid" }>;
/** Who is known by a "remember me" cookie, and what their browser keeps from now on; services/session/remember-me.ts tells. */
type Resume = (actor: Actor, presented: PresentedToken) => Promise<Known | null>;

/**
 * Begins a new session for a browser that is remembered and has none (ASVS V7.1.1: docs/decisions/0012). Whoever has a live
 * session, or no such cookie, passes without any work.
 */
export const restoreRemembered =
  (resume: Resume): RequestHandler =>
  (req, res, next) => {
    if (req.user && req.session.unseen) return void see(req).then(() => next(), next);
    if (req.user || !hasRememberCookie(req)) return next();
    restoreSession(req, res, resume).then(() => next(), next);
  };

/** A request with the session that was begun along with a cookie shows that its browser has the cookie too. */
async function see({ session }: Request): Promise<void> {
  const { device = "", unseen = "" } = session;
  await noteSeen(device, unseen);
  delete session.unseen;
}

async function restoreSession(req: Request, res: Response, resume: Resume): Promise<void> {
  const presented = readRememberCookie(req, res);
  const known = presented && (await resume(getActor(req), presented));
  if (!known) return clearRememberCookie(res);
  await enter(req, known);
  // Whoever revokes forgets the browser first and then ends its sessions: one of the two meets this new one.
  const [found, still] = [await findSession(req.sessionID), await isRemembered(known.rememberToken)];
  req.user = req.person = found?.person;
  if (!found || !still) return discardSession(req, res);
  setRememberCookie(res, known.rememberToken);
}

/**
 * All requests with one cookie come into one session: the first ends what the browser had before, and each begins the session or
 * joins it. Where it has ended already, having got another id, there is a new one.
 */
async function enter(req: Request, { user, rememberToken, session, isFirst }: Known): Promise<void> {
  const { device } = rememberToken;
  if (isFirst) await Session.endOnDevice(user.id, device, storageId(session));
  const arrival = { device, previousSignInAt: user.lastLoginAt ?? null, isRemembered: true };
  if (await joinSession(req, session)) return;
  await startSession(req, user, { ...arrival, session });
  if (!(await findSession(session))) await startSession(req, user, arrival);
  req.session.unseen = hashRememberToken(rememberToken);
}

async function discardSession(req: Request, res: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())));
  req.user = req.person = undefined;
  clearRememberCookie(res);
}
