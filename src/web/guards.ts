import type { Request, RequestHandler } from "express";
import { actorOf, type Person } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { Permission } from "../lib/roles.js";
import { can, canSomewhere } from "../policies/roles.js";
import { isSafe, type Mount } from "./addresses.js";
import { rememberPage } from "./return-to.js";

/** Whoever is signed in; visitors are asked to log in and come back to the page they wanted. */
export const requireSignIn: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  rememberPage(req, res);
  res.redirect(303, "/login");
};

/** Signed-in people; whose address must be confirmed first are asked to. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (!req.user) return requireSignIn(req, res, next);
  if (req.user.isMember) return next();
  rememberPage(req, res);
  res.redirect(303, "/email-confirmation");
};

/** Members whose address is confirmed; others are asked to confirm theirs. */
export const requireConfirmed: RequestHandler = (req, res, next) => {
  if (!req.user || req.user.isEmailConfirmed) return requireUser(req, res, next);
  res.redirect(303, "/email-confirmation");
};

const MINUTES = 60_000;
/** How long ago people may have proven who they are, for what matters most (ASVS V7.5.1, V7.5.3). */
export const RECENT_MS = 10 * MINUTES;

/**
 * Members who proved lately who they are; others are asked for their password and come back. Back from a POST means to the
 * page of its form: what was typed is gone, and nothing happens without another click.
 * @param formOf the page that has the form with this address
 */
export const requireRecentSignIn =
  (formOf = (path: string) => path): RequestHandler =>
  (req, res, next) => {
    if (!req.user?.isMember) return requireUser(req, res, next);
    if ((req.session.authenticatedAt ?? 0) > Date.now() - RECENT_MS) return next();
    rememberPage(req, res, isSafe(req) ? req.originalUrl : formOf(req.path));
    res.redirect(303, "/reauthenticate");
  };

const requireRight =
  (isAllowed: typeof can, permission: Permission): RequestHandler =>
  (req, res, next) => {
    if (!req.user?.isMember) return requireUser(req, res, next);
    next(isAllowed(actorOf(req), permission) ? undefined : new Forbidden());
  };

/** Members whose roles allow this everywhere; to others the page says no. */
export const requirePermission = (permission: Permission) => requireRight(can, permission);
/** Members whose roles allow this in one domain at least; the service asks in which. */
export const requirePermissionSomewhere = (permission: Permission) => requireRight(canSomewhere, permission);

/** Visitors only; who is signed in already goes to the dashboard. */
export const requireVisitor: RequestHandler = (req, res, next) => {
  if (!req.user) return next();
  res.redirect(303, "/dashboard");
};

/**
 * What an admin may do while acting as another user: read what is not closed, and send only to these rooms. All else is its
 * owner's alone, and so is every form that is added later.
 */
export const inOwnName = (map: Mount[], { closed, sendable }: { closed: string[]; sendable: string[] }): Mount[] =>
  map.map((room) => {
    const isIn = (list: string[]) => list.some((at) => `${room.at}/`.startsWith(`${at}/`));
    if (isIn(closed)) return { ...room, door: ownerBefore(room.door, () => true) };
    return isIn(sendable) ? room : { ...room, door: ownerBefore(room.door, (req) => !isSafe(req)) };
  });

const ownerBefore =
  (door: RequestHandler, isClosed: (req: Request) => boolean): RequestHandler =>
  (req, res, next) =>
    req.impersonator && isClosed(req) ? next(new Forbidden(notTheirs)) : door(req, res, next);

const notTheirs =
  "This is for its owner alone. You are acting as somebody else: leave that first, by the button at the top of the page.";

/** Everyone. */
export const anyone: RequestHandler = (_req, _res, next) => next();

/** The person behind a `requireUser` door. */
export function signedIn(req: Request): Person {
  if (!req.user) throw new Error("this handler needs a requireUser door");
  return req.user;
}
