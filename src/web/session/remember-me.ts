import type { Request, RequestHandler, Response } from "express";
import { type Actor, actorOf } from "../../actor.js";
import { isRemembered, markOf, noteSeen, type Presented, type Recognition } from "../../models/session/remember-me.js";
import { Session } from "../../models/session.js";
import { handOut, isKept, keepsakeOf, takeBack } from "./remember-cookie.js";
import { signIn } from "./session.js";
import { findSession, joinSession, storageId } from "./store.js";

type Known = Extract<Recognition, { kind: "known" }>;
/** Who is known by a "remember me" cookie, and what their browser keeps from now on; services/session/remember-me.ts tells. */
type Resume = (actor: Actor, presented: Presented) => Promise<Known | null>;

/**
 * Begins a new session for a browser that is remembered and has none (ASVS V7.1.1: docs/decisions/0012). Whoever has a live
 * session, or no such cookie, passes without any work.
 */
export const remembered =
  (resume: Resume): RequestHandler =>
  (req, res, next) => {
    if (req.user && req.session.unseen) return void see(req).then(() => next(), next);
    if (req.user || !isKept(req)) return next();
    comeBack(req, res, resume).then(() => next(), next);
  };

/** A request with the session that was begun along with a cookie shows that its browser has the cookie too. */
async function see({ session }: Request): Promise<void> {
  const { device = "", unseen = "" } = session;
  await noteSeen(device, unseen);
  delete session.unseen;
}

async function comeBack(req: Request, res: Response, resume: Resume): Promise<void> {
  const presented = keepsakeOf(req, res);
  const known = presented && (await resume(actorOf(req), presented));
  if (!known) return takeBack(res);
  await enter(req, known);
  // Whoever revokes forgets the browser first and then ends its sessions: one of the two meets this new one.
  const [found, still] = [await findSession(req.sessionID), await isRemembered(known.keepsake)];
  req.user = req.person = found?.person;
  if (!found || !still) return stayOut(req, res);
  handOut(res, known.keepsake);
}

/**
 * All requests with one cookie come into one session: the first ends what the browser had before, and each begins the session or
 * joins it. Where it has ended already, having got another id, there is a new one.
 */
async function enter(req: Request, { user, keepsake, session, isFirst }: Known): Promise<void> {
  const { device } = keepsake;
  if (isFirst) await Session.endOnDevice(user.id, device, storageId(session));
  const arrival = { device, previousSignInAt: user.lastLoginAt ?? null, isRemembered: true };
  if (await joinSession(req, session)) return;
  await signIn(req, user, { ...arrival, session });
  if (!(await findSession(session))) await signIn(req, user, arrival);
  req.session.unseen = markOf(keepsake);
}

async function stayOut(req: Request, res: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())));
  req.user = req.person = undefined;
  takeBack(res);
}
