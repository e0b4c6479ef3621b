import type { NextFunction, Request, RequestHandler, Response } from "express";
import { actorOf, type Person } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { Forbidden } from "../errors.js";
import { can, canSomewhere } from "../policies/permissions.js";
import { isSafe, type Mount } from "./mount.js";
import { ProofNeeded } from "./pages/refusals.js";
import { nextPage, onTheWay } from "./pages/return-to.js";

/** Whoever is signed in; visitors are asked to log in and come back to the page they wanted. */
export const requireSignIn: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  res.redirect(303, onTheWay("/login", req));
};

/** Signed-in people; whose address must be confirmed first are asked to. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (!req.user) return requireSignIn(req, res, next);
  if (req.user.isMember) return next();
  askFor("/email-confirmation", req, res, next);
};

/** Members whose address is confirmed; others are asked to confirm theirs. */
export const requireConfirmed: RequestHandler = (req, res, next) => {
  if (!req.user || req.user.isEmailConfirmed) return requireUser(req, res, next);
  askFor("/email-confirmation", req, res, next);
};

const MINUTES = 60_000;
/** How long ago people may have proven who they are, for what matters most (ASVS V7.5.1, V7.5.3). */
export const RECENT_MS = 10 * MINUTES;

/** Whether the user of this request proved lately who they are. */
export const isRecent = (req: Request): boolean => (req.session.authenticatedAt ?? 0) > Date.now() - RECENT_MS;

/**
 * Members who proved lately who they are; others are asked for their password and come back. Back from a POST means to
 * the page of its form, filled in: nothing happens without another click.
 */
export const requireRecentSignIn: RequestHandler = (req, res, next) => {
  if (!req.user?.isMember) return requireUser(req, res, next);
  if (isRecent(req)) return next();
  askFor("/reauthenticate", req, res, next, isSafe(req) ? req.originalUrl : pageOfForm(req));
};

/** The page that has the form which this request sends. */
const pageOfForm = (req: Request) => req.pagesOf?.(req.path, req.body ?? {})[0];

/** Sends users to what has to come first. From a form they do not go without what they typed: errors.ts. */
function askFor(to: string, req: Request, res: Response, next: NextFunction, page?: string): void {
  const address = to === "/reauthenticate" ? onTheWay(to, req, page) : to; // a mailed link opens a page of its own
  if (isSafe(req) || req.body === undefined) res.redirect(303, address);
  else next(new ProofNeeded(address));
}

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

/** Visitors only; users who are logged in already go where they wanted to. */
export const requireVisitor: RequestHandler = async (req, res, next) => {
  if (!req.user) return next();
  res.redirect(303, await nextPage(req));
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
