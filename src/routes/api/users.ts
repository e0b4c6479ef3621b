import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Permission } from "../../definitions/permissions.js";
import { parseCursor, toCursor } from "../../definitions/user-filters.js";
import { Forbidden, NotFound } from "../../errors.js";
import { userEndpoints as calls, getOrder } from "../../forms/api/users.js";
import { toMistake } from "../../forms/rejections.js";
import { splitQuestion } from "../../lib/text/search-terms.js";
import { ApiToken } from "../../models/api-token.js";
import { MailedLink } from "../../models/mailed-link.js";
import { type Account, accountFields, readAccount } from "../../models/user/account.js";
import { listUsers } from "../../models/user/search/list.js";
import { User } from "../../models/user.js";
import { isInScope } from "../../policies/permissions.js";
import { mayActOn } from "../../policies/users.js";
import { isAccount } from "../../services/account/open.js";
import { createUser } from "../../services/admin/create-user.js";
import { deleteUser } from "../../services/admin/deletion.js";
import { disableUser, enableUser } from "../../services/admin/disable.js";
import { editUser, type UserEdit } from "../../services/admin/edit-user.js";
import { findSlugs } from "../../services/domain/domains.js";
import { Conflict, InsufficientScope, PreconditionFailed, Unprocessable } from "../../web/api/errors.js";
import { presentPage } from "../../web/api/pagination.js";
import { toFactorsJson, toManagedUserJson } from "../../web/api/present.js";
import { toTokenJson } from "../../web/api/present-token.js";
import { rateLimits } from "../../web/rate-limits.js";
import { assertMatch, serveEndpoint } from "./endpoint.js";
import { refuse } from "./user-roles.js";

export const apiUsers = Router();

serveEndpoint(apiUsers, calls.list, async ({ query, req }) => {
  const { q, role, state, seen, factor, updated_since: updatedSince, page, limit, cursor } = query;
  const sort = getOrder(query);
  const question = {
    words: splitQuestion(q),
    sort,
    ...(role && { role }),
    ...(state && { state }),
    ...(seen && { seen }),
    ...(factor && { factor }),
    ...(updatedSince && { updatedSince }),
  };
  const options = { size: limit, fields: accountFields };
  const { people, older, total } = await listUsers(question, cursor ? parseCursor(cursor) : String(page), options);
  const domains = await findSlugs(people);
  const data = people.map((person) => toManagedUserJson(person, domains));
  return presentPage(req, query, { data, total: total.number, next: older ? toCursor(sort, older) : null });
});

serveEndpoint(
  apiUsers,
  calls.make,
  async ({
    actor,
    body: { confirmed, roles, username, email, bio, password, mustChangePassword: _always, ...profile },
    once,
  }) => {
    const needed = listNeeded({ confirmed, roles }).find((permission) => !isInScope(actor, permission));
    if (needed) throw new InsufficientScope(needed);
    const made = await createUser(
      actor,
      {
        ...{ username, email, bio, profile, roles, password },
        isConfirmed: confirmed,
        mustChangePassword: password !== undefined,
      },
      once,
    );
    if (!isAccount(made)) throw new Unprocessable([toMistake(made)]);
    const headers = { Location: `${config.baseUrl.origin}/api/v1/users/${made.id}` };
    return { status: 201, body: await shown(made.id), headers };
  },
  rateLimits.invitations,
);

/** The permissions that a new account needs beyond that to invite. */
const listNeeded = ({ confirmed, roles = [] }: { confirmed?: boolean | undefined; roles?: string[] | undefined }) => [
  ...(confirmed ? (["users.edit"] as const) : []),
  ...(roles.length > 0 ? (["users.roles"] as const) : []),
];

serveEndpoint(apiUsers, calls.read, async ({ params }) => ({ status: 200, body: await shown(params.id) }));

serveEndpoint(apiUsers, calls.change, async ({ params, body, req }) => {
  const { disabled, reason, ...edit } = body;
  const needed = disabled === undefined ? "users.edit" : "users.disable";
  if (!isInScope(getActor(req), needed)) throw new InsufficientScope(needed);
  const found = await subject(req, params.id, needed);
  if (disabled === undefined) await editAccount(req, found, edit);
  else await changeStatus(req, found, { disabled, reason });
  return { status: 200, body: await shown(params.id) };
});

type Subject = Awaited<ReturnType<typeof subject>>;

/** @throws PreconditionFailed, Conflict, Unprocessable */
async function editAccount(req: Request, { user, isMatched, readAt }: Subject, edit: UserEdit): Promise<void> {
  const outcome = await editUser(getActor(req), user, edit, isMatched ? readAt : undefined);
  if (outcome === "stale") throw new PreconditionFailed();
  if (outcome === "last-superadmin") refuse(outcome);
  else if (outcome === "disabled")
    throw new Conflict("This account is disabled. Enable it before you change its email.");
  else if (outcome !== "done") throw new Unprocessable([toMistake(outcome)]);
}

/**
 * Disables or enables an account. `subject` has compared the whole version; after that, only the state counts, here and in a
 * deletion. These calls overwrite no other field, and an admin who stops an account must not fail because its user saves
 * the profile in that moment.
 * @throws PreconditionFailed, Conflict
 */
async function changeStatus(
  req: Request,
  { user, wasLocked, isMatched }: Subject,
  { disabled, reason = "" }: { disabled: boolean; reason?: string | undefined },
): Promise<void> {
  const actor = getActor(req);
  const isSo = isMatched && wasLocked === disabled; // a client must not undo a change that it has not seen
  const act = () => (disabled ? disableUser(actor, user, reason) : enableUser(actor, user));
  const outcome = isSo ? "unchanged" : await act();
  refuse(outcome);
  const isLocked = Boolean((await findAccount(user.id)).disabledAt);
  if (isMatched && outcome === "unchanged" && isLocked !== wasLocked) throw new PreconditionFailed();
  if (isLocked !== disabled) throw new Conflict("This account is already being deleted. This can't be stopped.");
}

serveEndpoint(apiUsers, calls.remove, async ({ actor, params, body, req }) => {
  const { user, wasLeaving, isMatched } = await subject(req, params.id, "users.delete");
  const outcome = await deleteUser(actor, user, body);
  refuse(outcome);
  if (outcome === "unchanged" && isMatched && !wasLeaving) throw new PreconditionFailed();
  return { status: 202, body: await shown(params.id) };
});

serveEndpoint(apiUsers, calls.tokens, async ({ params }) => {
  const { _id } = await findAccount(params.id);
  return { status: 200, body: { data: (await ApiToken.listForUser(String(_id))).map(toTokenJson) } };
});

/**
 * Finds the user to change, and whether they were disabled or due for deletion when the client's version was checked.
 * @throws NotFound, PreconditionFailed, Forbidden
 */
async function subject(req: Request, id: string, permission: Permission) {
  const before = await findAccount(id);
  const isMatched = assertMatch(req, await presentAccount(before));
  const user = await User.findById(id);
  if (!user) throw new NotFound();
  if (!mayActOn(getActor(req), permission, user)) throw new Forbidden();
  const wasLocked = Boolean(before.disabledAt);
  const wasLeaving = wasLocked && Boolean(before.deletion?.dueAt);
  return { user, isMatched, wasLocked, wasLeaving, readAt: before.updatedAt ?? null };
}

async function findAccount(id: string): Promise<Account> {
  const account = await readAccount(id);
  if (!account) throw new NotFound();
  return account;
}

const shown = async (id: string) => presentAccount(await findAccount(id));
async function presentAccount(account: Account) {
  const { _id, sessionEpoch = 0 } = account;
  const [domains, pendingEmail] = await Promise.all([
    findSlugs([account]),
    MailedLink.pendingEmail({ id: String(_id), sessionEpoch }),
  ]);
  return { ...toManagedUserJson(account, domains), pendingEmail, secondFactors: toFactorsJson(account) };
}
