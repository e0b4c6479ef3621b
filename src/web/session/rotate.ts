import type { Request, RequestHandler, Response } from "express";
import { config } from "../../config/index.js";
import { rolesFingerprint } from "../../definitions/roles.js";
import { deriveSecret } from "../../lib/secrets.js";
import { Session } from "../../models/session.js";
import { cookieOptions } from "../cookies.js";
import { createCsrfSecret } from "../csrf.js";
import { isSafe } from "../mount.js";
import { readDeviceCookie } from "./device-cookie.js";
import { rolesChanged } from "./session.js";
import { joinSession, type Loaded, storageId } from "./store.js";

/**
 * Rotates the session id if the user's roles have changed since the session got its id (ASVS V7.2.4). Permissions are
 * read with every request, so they need no rotation. Only requests that read can rotate the id, so that a form being
 * sent does not lose its session.
 */
export const rotateOnRoleChange: RequestHandler = (req, res, next) => {
  if (!req.user || req.impersonator) return next();
  renew(req, res).then(() => next(), next);
};

/** The first request with the new id proves that the browser has it. The previous session can then end soon. */
async function renew(req: Request, res: Response): Promise<void> {
  if (req.session.isOffered) {
    await Session.confirmSuccession(req.session.succeeds ?? "");
    delete req.session.isOffered;
  }
  if (isSafe(req) && (rolesChanged(req) || req.session.isSucceeded)) await rotateSession(req, res);
}

/**
 * Continues the session under a new id. Keeps the login time, because rotation is not a reauthentication. The new id is
 * derived from the previous id and the browser's device cookie. So concurrent requests, or a repeated request after a
 * lost response, give this browser the same id. The successor is stored first, and is valid only if the previous
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
