import { Router } from "express";
import { NotFound } from "../../errors.js";
import { meEndpoints as calls } from "../../forms/api/me.js";
import { toMistake } from "../../forms/rejections.js";
import { type Account, readAccount } from "../../models/user/account.js";
import { scheduleDeletion } from "../../services/account/deletion.js";
import { saveProfile } from "../../services/account/profile.js";
import { findSlugs } from "../../services/domain/domains.js";
import { Conflict, InsufficientScope, PreconditionFailed, Unprocessable } from "../../web/api/errors.js";
import { toUserJson } from "../../web/api/present.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { ChangedMeanwhile } from "../../web/pages/refusals.js";
import { assertOwner } from "../account/owner-proof.js";
import { assertMatch, serveEndpoint } from "./endpoint.js";

export const apiMe = Router();

serveEndpoint(apiMe, calls.read, async ({ req }) => ({ status: 200, body: await shown(getLoggedInUser(req).id) }));

serveEndpoint(apiMe, calls.change, async ({ actor, body, req }) => {
  if (body.username !== undefined && !req.apiSession) throw new InsufficientScope(null);
  const before = await account(getLoggedInUser(req).id);
  const since = assertMatch(req, await presentAccount(before)) ? before : undefined;
  const user = await findOwner(req);
  const outcome = await saveProfile(actor, user, body, since);
  if (outcome === "stale") throw new PreconditionFailed();
  if (outcome !== "done") throw new Unprocessable([outcome === "too-early" ? tooEarly : toMistake(outcome)]);
  return { status: 200, body: await shown(user.id) };
});

serveEndpoint(apiMe, calls.leave, async ({ actor, body, req }) => {
  const { id } = getLoggedInUser(req);
  assertMatch(req, await shown(id));
  const { posts, currentPassword } = body;
  await assertOwner(req, currentPassword);
  const here = { device: undefined, session: "" };
  const outcome = await scheduleDeletion(actor, await findOwner(req), { posts, here });
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome === "last-superadmin") throw new Conflict(last);
  return { status: 202, body: await shown(id) };
});

const tooEarly = {
  pointer: "#/username",
  detail: "A username can be changed once a week. You changed yours less than a week ago.",
};
const last = "You're the only superadmin. Make someone else a superadmin first.";

async function account(id: string): Promise<Account> {
  const found = await readAccount(id);
  if (!found) throw new NotFound();
  return found;
}

/** Presents the current state of the account. */
const shown = async (id: string) => presentAccount(await account(id));
const presentAccount = async (found: Account) => toUserJson(found, await findSlugs([found]));
