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
/** Finds the user of a remember-me cookie, and what replaces it; see services/session/remember-me.ts. */
type Resume = (actor: Actor, presented: PresentedToken) => Promise<Known | null>;

/**
 * Starts a new session for a remembered browser without one (ASVS V7.1.1: docs/decisions/0012). Requests with a live
 * session, or without such a cookie, pass without any work.
 */
export const restoreRemembered =
  (resume: Resume): RequestHandler =>
  (req, res, next) => {
    if (req.user && req.session.unseen) return void see(req).then(() => next(), next);
    if (req.user || !hasRememberCookie(req)) return next();
    restoreSession(req, res, resume).then(() => next(), next);
  };

/** A request with the session that was issued together with a cookie proves that the browser has that cookie. */
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
  // Revocation first deletes the device and then ends its sessions, so one of the two finds this new session.
  const [found, still] = [await findSession(req.sessionID), await isRemembered(known.rememberToken)];
  req.user = req.person = found?.person;
  if (!found || !still) return discardSession(req, res);
  setRememberCookie(res, known.rememberToken);
}

/**
 * Brings all requests with one cookie into one session. The first ends the browser's earlier sessions; each starts the
 * session or joins it. If it has already ended, because its id was rotated, a new one is started.
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
