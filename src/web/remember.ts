import type { Request, RequestHandler, Response } from "express";
import { type Actor, actorOf } from "../actor.js";
import { isRemembered, type Keepsake, type Presented } from "../models/remembering.js";
import type { User } from "../models/user.js";
import { handOut, isKept, keepsakeOf, takeBack } from "./keepsake.js";
import { signIn } from "./session.js";
import { findSession } from "./session-store.js";

/** Who is known by a "remember me" cookie, and what their browser keeps from now on; services/remembering.ts tells. */
type Resume = (actor: Actor, presented: Presented) => Promise<{ user: User; keepsake: Keepsake } | null>;

/**
 * Begins a new session for a browser that is remembered and has none (ASVS V7.1.1: docs/decisions/0012). Whoever has a live
 * session, or no such cookie, passes without any work.
 */
export const remembered =
  (resume: Resume): RequestHandler =>
  (req, res, next) => {
    if (req.user || !isKept(req)) return next();
    comeBack(req, res, resume).then(() => next(), next);
  };

async function comeBack(req: Request, res: Response, resume: Resume): Promise<void> {
  const presented = keepsakeOf(req, res);
  const known = presented && (await resume(actorOf(req), presented));
  if (!known) return takeBack(res);
  const { user, keepsake } = known;
  const previousSignInAt = user.lastLoginAt ?? null;
  await signIn(req, user, { device: keepsake.device, previousSignInAt, isRemembered: true });
  // Whoever revokes forgets the browser first and then ends its sessions: one of the two meets this new one.
  const [found, still] = [await findSession(req.sessionID), await isRemembered(keepsake)];
  req.user = req.person = found?.person;
  if (!found || !still) return stayOut(req, res);
  handOut(res, keepsake);
}

async function stayOut(req: Request, res: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())));
  req.user = req.person = undefined;
  takeBack(res);
}
