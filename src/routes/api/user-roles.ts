import { Router } from "express";
import { NotFound } from "../../errors.js";
import { userRoleEndpoints as calls } from "../../forms/api/users.js";
import { readAccount } from "../../models/user/account.js";
import { User } from "../../models/user.js";
import { changeRoles, type RolesOutcome } from "../../services/admin/roles.js";
import { findSlugs } from "../../services/domain/domains.js";
import { Conflict } from "../../web/api/errors.js";
import { toGrantsJson } from "../../web/api/present.js";
import { serveEndpoint } from "./endpoint.js";

export const apiUserRoles = Router();

serveEndpoint(apiUserRoles, calls.list, async ({ params }) => ({ status: 200, body: await held(params.id) }));

serveEndpoint(apiUserRoles, calls.give, async ({ actor, params, body }) => {
  const user = await subject(params.id);
  const has = [...user.roles].some(({ role, domain }) => role === body.role && !domain);
  const given = has ? [] : [{ role: body.role, domain: null }];
  refuse(await changeRoles(actor, user, { given, taken: [] }));
  return { status: 200, body: await held(params.id) };
});

serveEndpoint(apiUserRoles, calls.take, async ({ actor, params, body }) => {
  const user = await subject(params.id);
  refuse(await changeRoles(actor, user, { given: [], taken: [{ role: body.role, domain: null }] }));
  return { status: 200, body: await held(params.id) };
});

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
