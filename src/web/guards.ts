import type { Request, RequestHandler } from "express";
import type { Person } from "../actor.js";
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

/** Visitors only; who is signed in already goes to the dashboard. */
export const requireVisitor: RequestHandler = (req, res, next) => {
  if (!req.user) return next();
  res.redirect(303, "/dashboard");
};

/** Everyone. */
export const anyone: RequestHandler = (_req, _res, next) => next();

/** The person behind a `requireUser` door. */
export function signedIn(req: Request): Person {
  if (!req.user) throw new Error("this handler needs a requireUser door");
  return req.user;
}
