import type { Request, RequestHandler, Response } from "express";
import { config } from "../../config/index.js";
import { deriveSecret } from "../../lib/secrets.js";
import { Session } from "../../models/session.js";
import { cookieOptions } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { readDeviceCookie } from "./device-cookie.js";
import { rolesFingerprint } from "./roles-fingerprint.js";
import { rolesChanged } from "./session.js";
import { joinSession, type Loaded, storageId } from "./store.js";

/**
 * Gives a session a new id when its person has other roles than when it got its own (ASVS V7.2.4). What they may do needs no
 * renewal: that is read with every request. Done on reading, for a form on its way must not lose its session.
 */
export const rotateOnRoleChange: RequestHandler = (req, res, next) => {
  if (!req.user || req.impersonator) return next();
  renew(req, res).then(() => next(), next);
};

/** The first request with the new id shows that its answer arrived: the one before ends soon. */
async function renew(req: Request, res: Response): Promise<void> {
  if (req.session.isOffered) {
    await Session.confirmSuccession(req.session.succeeds ?? "");
    delete req.session.isOffered;
  }
  if (isSafe(req) && (rolesChanged(req) || req.session.isSucceeded)) await rotateSession(req, res);
}

/**
 * The session goes on under another id, and keeps its age: rotating is no login. The new id follows from the one before and from
 * the browser's own cookie: of several requests at once, and again when an answer was lost, the same browser is given the same.
 * The successor is stored first, and counts only if the session before had not ended.
 */
async function rotateSession(req: Request, res: Response): Promise<void> {
  const { cookie: _, lastModified: __, isSucceeded, ...content } = req.session as typeof req.session & Loaded;
  const before = storageId(req.sessionID);
  const id = deriveSuccessorId(req, res);
  const successor = storageId(id);
  if (!isSucceeded) {
    const fresh = { csrfSecret: createCsrfSecret(), rights: rolesFingerprint(req.user ?? { roles: [] }) };
    const cookie = { ...cookieOptions, expires: null, originalMaxAge: null };
    const expires = new Date(Date.now() + config.sessionIdleMs);
    await Session.start(successor, { ...content, ...fresh, cookie, succeeds: before, isOffered: true }, expires);
    if (await Session.supersede(before, successor)) return void (await joinSession(req, id));
  }
  if (await Session.isOffering(before, successor)) await joinSession(req, id);
  else if (!isSucceeded) await Session.end(successor);
}

const deriveSuccessorId = (req: Request, res: Response) =>
  deriveSecret(
    config.sessionSecrets[0] ?? "",
    JSON.stringify(["successor of a session", req.sessionID, readDeviceCookie(req, res)]),
  );
