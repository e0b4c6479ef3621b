import type { NextFunction, Request, RequestHandler, Response } from "express";
import { getActor, type RequestUser } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { Forbidden } from "../errors.js";
import { can, canSomewhere } from "../policies/permissions.js";
import { type Guard, type Impersonators, isSafe, toGuard } from "./mount.js";
import { ProofNeeded } from "./pages/refusals.js";
import { findNextPage, withReturnTo } from "./pages/return-to.js";

/** Whoever is signed in; visitors are asked to log in and come back to the page they wanted. */
export const requireLogin: Guard = toGuard((req, res, next) => {
  if (req.user) return next();
  res.redirect(303, withReturnTo("/login", req));
});

/** Signed-in people; whose address must be confirmed first are asked to. */
export const requireUser: Guard = toGuard((req, res, next) => {
  if (!req.user) return requireLogin(req, res, next);
  if (req.user.isMember) return next();
  askFor("/email-confirmation", req, res, next);
});

/** Members whose address is confirmed; others are asked to confirm theirs. */
export const requireConfirmed: Guard = toGuard((req, res, next) => {
  if (!req.user || req.user.isEmailConfirmed) return requireUser(req, res, next);
  askFor("/email-confirmation", req, res, next);
});

const MINUTES = 60_000;
/** How long ago people may have proven who they are, for what matters most (ASVS V7.5.1, V7.5.3). */
export const RECENT_MS = 10 * MINUTES;

/** Whether the user of this request proved lately who they are. */
export const isRecent = (req: Request): boolean => (req.session.authenticatedAt ?? 0) > Date.now() - RECENT_MS;

/**
 * Members who proved lately who they are; others are asked for their password and come back. Back from a POST means to
 * the page of its form, filled in: nothing happens without another click.
 */
export const requireRecentLogin: RequestHandler = (req, res, next) => {
  if (!req.user?.isMember) return requireUser(req, res, next);
  if (isRecent(req)) return next();
  askFor("/reauthenticate", req, res, next, isSafe(req) ? req.originalUrl : pageOfForm(req));
};

/** The page that has the form which this request sends. */
const pageOfForm = (req: Request) => req.findFormPages?.(req.path, req.body ?? {})[0];

/** Sends users to what has to come first. From a form they do not go without what they typed: errors.ts. */
function askFor(to: string, req: Request, res: Response, next: NextFunction, page?: string): void {
  const address = to === "/reauthenticate" ? withReturnTo(to, req, page) : to; // a mailed link opens a page of its own
  if (isSafe(req) || req.body === undefined) res.redirect(303, address);
  else next(new ProofNeeded(address));
}

const requireRight = (isAllowed: typeof can, permission: Permission): Guard =>
  toGuard((req, res, next) => {
    if (!req.user?.isMember) return requireUser(req, res, next);
    next(isAllowed(getActor(req), permission) ? undefined : new Forbidden());
  });

/** Members whose roles allow this everywhere; to others the page says no. */
export const requirePermission = (permission: Permission) => requireRight(can, permission);
/** Members whose roles allow this in one domain at least; the service asks in which. */
export const requirePermissionSomewhere = (permission: Permission) => requireRight(canSomewhere, permission);

/** Visitors only; users who are logged in already go where they wanted to. */
export const requireVisitor: RequestHandler = async (req, res, next) => {
  if (!req.user) return next();
  res.redirect(303, await findNextPage(req));
};

/** What admins are refused while they act as another user, by what an address leaves them. */
export const impersonationGuards: Record<Impersonators, RequestHandler> = {
  nothing: (req, _res, next) => next(req.impersonator ? new Forbidden(notTheirs) : undefined),
  read: (req, _res, next) => next(req.impersonator && !isSafe(req) ? new Forbidden(notTheirs) : undefined),
  send: (_req, _res, next) => next(),
};

const notTheirs = "Only the owner of the account can do this. Stop acting as another user first.";

/** Everyone. */
export const allowAll: RequestHandler = (_req, _res, next) => next();

/** The person behind `requireUser`. */
export function getLoggedInUser(req: Request): RequestUser {
  if (!req.user) throw new Error("this handler needs requireUser before it");
  return req.user;
}
