import type { RequestHandler } from "express";
import { type Proof, proofOf, type Weight, weightOf } from "../../definitions/proofs.js";
import { inOrder } from "../compose.js";
import { anyone, requireRecentSignIn, requireSignIn } from "../guards.js";
import { isSafe, type Mount, routesOf } from "../mount.js";

type Guards = Record<Weight, RequestHandler>;

/**
 * Puts behind the door of each mount what the table (definitions/proofs.ts) asks for: first who may not at all is refused, then who
 * may is asked to prove it. @throws Error for an address without a row
 */
export function withProof(map: Mount[]): Mount[] {
  // A form that asks for the password looks at it itself, as a link's page looks at the link.
  const guards = { nothing: anyone, link: anyone, login: requireSignIn, password: requireSignIn };
  const all = { ...guards, recent: requireRecentSignIn };
  return map.map((room) => ({ ...room, door: inOrder(room.door, guardOf(room, all)) }));
}

const isOpen = ({ proof }: { proof: Proof }) => proof === "nothing" || proof === "link";

function guardOf(room: Mount, guards: Guards): RequestHandler {
  const routes = routesOf(room).map((route) => ({ ...route, proof: proofOf(route.method, route.path) }));
  if (routes.every(isOpen)) return anyone;
  return (req, res, next) => {
    const method = req.method === "HEAD" ? "GET" : req.method;
    const route = routes.find((one) => one.method === method && one.match(req.path));
    if (!route) throw new Error("a mount answers only its own addresses");
    guards[weightOf(route.proof, isSafe(req) ? req.query : req.body)](req, res, next);
  };
}
