import type { RequestHandler } from "express";
import { proofOf, type Weight, weightOf } from "../../definitions/proofs.js";
import { inOrder } from "../compose.js";
import { anyone, ownerBefore, requireRecentSignIn, requireSignIn } from "../guards.js";
import { isSafe, type Mount, type Route } from "../mount.js";

// A form that asks for the password looks at it itself, as a link's page looks at the link.
const guards: Record<Weight, RequestHandler> = {
  nothing: anyone,
  link: anyone,
  login: requireSignIn,
  password: requireSignIn,
  recent: requireRecentSignIn,
};

/**
 * All that stands before a page, in this order: what admins may not do in another's name, who may not at all, and what those who may
 * are asked to prove (definitions/proofs.ts). @throws Error for an address without a row there
 */
export const guardOf = ({ guard, impersonators = "read" }: Mount, route: Route): RequestHandler =>
  inOrder(ownerBefore[impersonators], guard, ...route.guards, proofGuard(route));

function proofGuard({ method, path }: Route): RequestHandler {
  const proof = proofOf(method, path);
  if (typeof proof === "string") return guards[proof];
  return (req, res, next) => guards[weightOf(proof, isSafe(req) ? req.query : req.body)](req, res, next);
}
