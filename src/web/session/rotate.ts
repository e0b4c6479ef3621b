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
 * Rotates the session id if the user's roles have changed since the session got its id (ASVS V7.2.4). Permissions are
 * read with every request and need no rotation. Only reading requests rotate, so that a form being sent does not lose
 * its session.
 */
export const rotateOnRoleChange: RequestHandler = (req, res, next) => {
  if (!req.user || req.impersonator) return next();
  renew(req, res).then(() => next(), next);
};

/** The first request with the new id proves that the browser received it, so the previous session ends soon. */
async function renew(req: Request, res: Response): Promise<void> {
  if (req.session.isOffered) {
    await Session.confirmSuccession(req.session.succeeds ?? "");
    delete req.session.isOffered;
  }
  if (isSafe(req) && (rolesChanged(req) || req.session.isSucceeded)) await rotateSession(req, res);
}

/**
 * Continues the session under another id. Its sign-in time is kept: rotating the id is not a re-authentication. The new
 * id is derived from the previous one and the browser's device cookie, so concurrent requests, and a repeated one after
 * a lost response, give the same browser the same id. The successor is stored first, and is valid only if the previous
 * session has not ended.
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
