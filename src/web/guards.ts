import type { NextFunction, Request, RequestHandler, Response } from "express";
import { getActor, type RequestUser } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { Forbidden } from "../errors.js";
import { can, canSomewhere } from "../policies/permissions.js";
import { type Guard, type Impersonators, isSafe, toGuard } from "./mount.js";
import { ProofNeeded } from "./pages/refusals.js";
import { findNextPage, withReturnTo } from "./pages/return-to.js";
import { hasPendingLogin } from "./session/pending-login.js";

/**
 * Requires a login. Visitors are redirected to the login page, or to its second step, and return after the login.
 */
export const requireLogin: Guard = toGuard((req, res, next) => {
  if (req.user) return next();
  res.redirect(303, withReturnTo(hasPendingLogin(req) ? "/login/second-factor" : "/login", req));
});

/** Requires a member. Users who must confirm their email first are redirected to the confirmation page. */
export const requireUser: Guard = toGuard((req, res, next) => {
  if (!req.user) return requireLogin(req, res, next);
  if (req.user.isMember) return next();
  askFor("/email-confirmation", req, res, next);
});

/** Requires a member with a confirmed email. Others are redirected to the confirmation page. */
export const requireConfirmed: Guard = toGuard((req, res, next) => {
  if (!req.user || req.user.isEmailConfirmed) return requireUser(req, res, next);
  askFor("/email-confirmation", req, res, next);
});

const MINUTES = 60_000;
/** The maximum age of a proof of identity for sensitive actions (ASVS V7.5.1, V7.5.3). */
export const RECENT_MS = 10 * MINUTES;

/** Returns true if the user of this request has recently proved their identity, with all factors of the account. */
export function isRecent({ session, user }: Request): boolean {
  const proofs = [session.authenticatedAt, ...(user?.hasSecondFactor ? [session.factorAt] : [])];
  return proofs.every((at = 0) => at > Date.now() - RECENT_MS);
}

/**
 * Requires a member with a recent proof of identity. Others are asked for their password and then return. After a POST,
 * they return to the form with what they typed, and nothing happens until they send it again.
 */
export const requireRecentLogin: RequestHandler = (req, res, next) => {
  if (!req.user?.isMember) return requireUser(req, res, next);
  if (isRecent(req)) return next();
  askFor("/reauthenticate", req, res, next, isSafe(req) ? req.originalUrl : pageOfForm(req));
};

/** Returns the page that shows the form of this request. */
const pageOfForm = (req: Request) => req.findFormPages?.(req.path, req.body ?? {})[0];

/** Redirects users to a step that must come first. Input of a form is kept (errors.ts). */
function askFor(to: string, req: Request, res: Response, next: NextFunction, page?: string): void {
  const address = to === "/reauthenticate" ? withReturnTo(to, req, page) : to; // mailed links open their own page
  if (isSafe(req) || req.body === undefined) res.redirect(303, address);
  else next(new ProofNeeded(address));
}

const requireRight = (isAllowed: typeof can, permission: Permission): Guard =>
  toGuard((req, res, next) => {
    if (!req.user?.isMember) return requireUser(req, res, next);
    next(isAllowed(getActor(req), permission) ? undefined : new Forbidden());
  });

/** Requires a member with this permission for the whole site. Others get 403. */
export const requirePermission = (permission: Permission) => requireRight(can, permission);
/** Requires a member with this permission in at least one domain. The service checks which one. */
export const requirePermissionSomewhere = (permission: Permission) => requireRight(canSomewhere, permission);

/** Requires a password that the user chose. Other users are redirected to the page that changes it. */
export const requireOwnPassword: RequestHandler = (req, res, next) => {
  if (!req.user?.mustChangePassword) return next();
  res.redirect(303, "/account/password");
};

/** Requires a second factor of users who must have one. Others who have none are redirected to the page that adds one. */
export const requireNeededFactor: RequestHandler = (req, res, next) => {
  if (!req.user?.mustAddFactor) return next();
  res.redirect(303, "/account/factors");
};

/** For visitors only. Logged-in users are redirected to the page they wanted. */
export const requireVisitor: RequestHandler = async (req, res, next) => {
  if (!req.user) return next();
  res.redirect(303, await findNextPage(req));
};

/** Guards that limit requests during impersonation, by what the address allows. */
export const impersonationGuards: Record<Impersonators, RequestHandler> = {
  nothing: (req, _res, next) => next(req.impersonator ? new Forbidden(notTheirs) : undefined),
  read: (req, _res, next) => next(req.impersonator && !isSafe(req) ? new Forbidden(notTheirs) : undefined),
  send: (_req, _res, next) => next(),
};

const notTheirs = "Only the owner of the account can do this. Stop acting as another user first.";

export const allowAll: RequestHandler = (_req, _res, next) => next();

/** Returns the logged-in user. For handlers behind `requireUser`. @throws Error if there is no user */
export function getLoggedInUser(req: Request): RequestUser {
  if (!req.user) throw new Error("this handler needs requireUser before it");
  return req.user;
}
