import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import type { Role } from "../../definitions/roles.js";
import { NotFound } from "../../errors.js";
import { userRoleEndpoints as calls, explainNotHeld, isHeld } from "../../forms/api/user-roles.js";
import { readAccount } from "../../models/user/account.js";
import { User } from "../../models/user.js";
import { isInScope } from "../../policies/permissions.js";
import { changeRoles, type RolesOutcome } from "../../services/admin/roles.js";
import { findDomainToManage } from "../../services/domain/admin.js";
import { findSlugs } from "../../services/domain/domains.js";
import { placeMember, revokeMemberRole } from "../../services/domain/members.js";
import { Conflict, InsufficientScope, Unprocessable } from "../../web/api/errors.js";
import { toGrantsJson } from "../../web/api/present.js";
import { serveEndpoint } from "./endpoint.js";

export const apiUserRoles = Router();

serveEndpoint(apiUserRoles, calls.list, async ({ params }) => ({ status: 200, body: await held(params.id) }));

serveEndpoint(apiUserRoles, calls.give, async ({ actor, params, body, req }) => {
  const user = await subject(params.id);
  if (body.domain) {
    const domain = await findPlace(req, body.domain, { pointer: "#/domain" });
    const placed = await placeMember(actor, domain, user, { role: body.role });
    if (placed === "not-found") throw new Conflict("This account is disabled. Enable it first.");
    if (placed === "unconfirmed") refuse(placed);
  } else {
    const has = [...user.roles].some(({ role, domain }) => role === body.role && !domain);
    const given = has ? [] : [{ role: body.role, domain: null }];
    refuse(await changeRoles(actor, user, { given, taken: [] }));
  }
  return { status: 200, body: await held(params.id) };
});

serveEndpoint(apiUserRoles, calls.take, ({ params, body, req }) => take(req, params.id, body, { pointer: "#/domain" }));

serveEndpoint(apiUserRoles, calls.takeNamed, ({ params, query, req }) => {
  const grant = { role: params.role, domain: query.domain };
  if (!isHeld(grant)) throw new Unprocessable([{ parameter: "role", detail: explainNotHeld(grant) }]);
  return take(req, params.id, grant, { parameter: "domain" });
});

type Place = { pointer: string } | { parameter: string };

async function take(req: Request, id: string, grant: { role: Role; domain?: string | null | undefined }, place: Place) {
  const [actor, user] = [getActor(req), await subject(id)];
  const { role, domain: slug } = grant;
  if (slug) await revokeMemberRole(actor, await findPlace(req, slug, place), user, role);
  else refuse(await changeRoles(actor, user, { given: [], taken: [{ role, domain: null }] }));
  return { status: 200, body: await held(id) };
}

/** Finds a domain that the actor manages. One answer for all others hides which exist. @throws Unprocessable, InsufficientScope */
async function findPlace(req: Request, slug: string, place: Place) {
  const actor = getActor(req);
  if (!isInScope(actor, "domain.members")) throw new InsufficientScope("domain.members");
  const domain = await findDomainToManage(actor, slug);
  if (!domain) throw new Unprocessable([{ ...place, detail: "There's no such organization that you can manage." }]);
  return domain;
}

const problems: Record<RolesOutcome, string | null> = {
  done: null,
  unchanged: null,
  unconfirmed: "The email address of the user isn't confirmed yet.",
  "last-superadmin": "This is the only superadmin. Make someone else a superadmin first.",
};

/** @throws Conflict */
export function refuse(outcome: RolesOutcome): void {
  const problem = problems[outcome];
  if (problem !== null) throw new Conflict(problem);
}

async function subject(id: string): Promise<User> {
  const user = await User.findById(id);
  if (!user) throw new NotFound();
  return user;
}

async function held(id: string) {
  const account = await readAccount(id);
  if (!account) throw new NotFound();
  return { data: toGrantsJson(account, await findSlugs([account])) };
}
