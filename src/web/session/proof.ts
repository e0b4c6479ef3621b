import type { RequestHandler } from "express";
import {
  getProof,
  getWeight,
  isOpenBeforeFactor,
  isOpenBeforePasswordChange,
  isRecentNeeded,
  type Weight,
} from "../../definitions/proofs.js";
import { compose } from "../compose.js";
import {
  allowAll,
  impersonationGuards,
  requireLogin,
  requireNeededFactor,
  requireOwnPassword,
  requireRecentLogin,
} from "../guards.js";
import { isSafe, type Mount, type Route } from "../mount.js";

// Links are checked by their own page, and the current password by the form that asks for it (routes/account/owner-proof.ts).
const guards: Record<Weight, RequestHandler> = {
  nothing: allowAll,
  link: allowAll,
  login: requireLogin,
  password: (req, res, next) =>
    (isRecentNeeded("password", req.user) ? requireRecentLogin : requireLogin)(req, res, next),
  recent: requireRecentLogin,
};

/**
 * Creates the guard of a page. Checks in this order: whether the user must first change the password or add a second factor, the limits of
 * impersonation, who may open the page, and the proof they need (definitions/proofs.ts).
 * @throws Error for an address that is missing there
 */
export const createGuard = ({ guard, impersonators = "read" }: Mount, route: Route): RequestHandler =>
  compose(
    passwordGuard(route),
    factorGuard(route),
    impersonationGuards[impersonators],
    guard,
    ...route.guards,
    proofGuard(route),
  );

const passwordGuard = ({ method, path }: Route) =>
  isOpenBeforePasswordChange(method, path) ? allowAll : requireOwnPassword;

const factorGuard = ({ method, path }: Route) => (isOpenBeforeFactor(method, path) ? allowAll : requireNeededFactor);

function proofGuard({ method, path }: Route): RequestHandler {
  const proof = getProof(method, path);
  if (typeof proof === "string") return guards[proof];
  return (req, res, next) => guards[getWeight(proof, isSafe(req) ? req.query : req.body)](req, res, next);
}
