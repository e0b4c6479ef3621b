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
import { hasPendingLogin, startPendingLogin } from "./pending-login.js";
import { clearRememberCookie, hasRememberCookie, readRememberCookie, setRememberCookie } from "./remember-cookie.js";
import { discardSession, startSession } from "./session.js";
import { findSession, joinSession, storageId } from "./store.js";

type Known = Extract<RememberResult, { kind: "valid" }> & { isRefused: boolean; needsFactor: boolean };
/** Finds the user of a remember-me cookie and the token that replaces it (services/session/remember-me.ts). */
type Resume = (actor: Actor, presented: PresentedToken) => Promise<Known | null>;

/**
 * Starts a new session for a remembered browser that has none (ASVS V7.1.1: docs/decisions/0012). If the account has a
 * second factor, the browser must prove it first: it never skips both factors. Does nothing for requests with a live
 * session or without such a cookie.
 */
export const restoreRemembered =
  (resume: Resume): RequestHandler =>
  (req, res, next) => {
    if (req.user && req.session.unseen) return void see(req).then(() => next(), next);
    if (req.user || !hasRememberCookie(req) || hasPendingLogin(req)) return next();
    restoreSession(req, res, resume).then(() => next(), next);
  };

/** Notes that the browser has the cookie that was issued with its session: a request with that session proves it. */
async function see({ session }: Request): Promise<void> {
  const { device = "", unseen = "" } = session;
  await noteSeen(device, unseen);
  delete session.unseen;
}

async function restoreSession(req: Request, res: Response, resume: Resume): Promise<void> {
  const presented = readRememberCookie(req, res);
  const known = presented && (await resume(getActor(req), presented));
  if (!known) return clearRememberCookie(res);
  if (known.isRefused || known.needsFactor) setRememberCookie(res, known.rememberToken); // the secret is a new one
  if (known.isRefused) return; // a visitor for now
  if (known.needsFactor) return startPendingLogin(req, res, { user: known.user, remember: true, byPassword: false });
  await enter(req, known);
  // Revocation deletes the device first and then ends its sessions, so one of these two reads detects it.
  const [found, still] = [await findSession(req.sessionID), await isRemembered(known.rememberToken)];
  req.user = req.person = found?.person;
  if (!found || !still) {
    clearRememberCookie(res);
    return discardSession(req);
  }
  setRememberCookie(res, known.rememberToken);
}

/**
 * Brings all requests with the same cookie into one session. The first request ends earlier sessions of the browser.
 * Each request starts the session or joins it. If its id was rotated in the meantime, a new session is started.
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
