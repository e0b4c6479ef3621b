import type { RequestHandler } from "express";
import { getProof, getWeight, type Weight } from "../../definitions/proofs.js";
import { compose } from "../compose.js";
import { allowAll, impersonationGuards, requireLogin, requireRecentLogin } from "../guards.js";
import { isSafe, type Mount, type Route } from "../mount.js";

// A form that asks for the password looks at it itself, as a link's page looks at the link.
const guards: Record<Weight, RequestHandler> = {
  nothing: allowAll,
  link: allowAll,
  login: requireLogin,
  password: requireLogin,
  recent: requireRecentLogin,
};

/**
 * All that stands before a page, in this order: what admins may not do in another's name, who may not at all, and what those who may
 * are asked to prove (definitions/proofs.ts). @throws Error for an address without a row there
 */
export const createGuard = ({ guard, impersonators = "read" }: Mount, route: Route): RequestHandler =>
  compose(impersonationGuards[impersonators], guard, ...route.guards, proofGuard(route));

function proofGuard({ method, path }: Route): RequestHandler {
  const proof = getProof(method, path);
  if (typeof proof === "string") return guards[proof];
  return (req, res, next) => guards[getWeight(proof, isSafe(req) ? req.query : req.body)](req, res, next);
}
