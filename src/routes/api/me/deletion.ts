import { Router } from "express";
import { deletionEndpoints as calls } from "../../../forms/api/me/deletion.js";
import type { User } from "../../../models/user.js";
import { cancelDeletion, scheduleDeletion } from "../../../services/account/deletion.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Conflict, PreconditionFailed } from "../../../web/api/errors.js";
import { findOwner } from "../../../web/owner.js";
import { ChangedMeanwhile } from "../../../web/pages/refusals.js";
import { assertOwner } from "../../account/owner-proof.js";
import { assertMatch, serveEndpoint } from "../endpoint.js";

export const apiDeletion = Router();

serveEndpoint(apiDeletion, calls.read, async ({ req }) => ({
  status: 200,
  body: presentDeletion(await findOwner(req)),
}));

serveEndpoint(apiDeletion, calls.schedule, async ({ actor, body: { posts, currentPassword }, req }) => {
  const user = await findOwner(req);
  const isMatched = assertMatch(req, presentDeletion(user));
  await assertOwner(req, currentPassword);
  const here = { device: undefined, session: "", program: String(getApiSession(req)._id) };
  const outcome = await scheduleDeletion(actor, user, { posts, here });
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome === "last-superadmin") throw new Conflict(last);
  const planned = presentDeletion(await findOwner(req));
  if (isMatched && !user.deletion && planned.posts !== posts) throw new PreconditionFailed(); // another call was faster
  return { status: 202, body: planned };
});

serveEndpoint(apiDeletion, calls.cancel, async ({ actor, req }) => {
  const user = await findOwner(req);
  const seen = assertMatch(req, presentDeletion(user)) ? user.deletion?.dueAt : undefined;
  if (!(await cancelDeletion(actor, user, seen ?? undefined)) && seen) throw new PreconditionFailed();
  return { status: 204 };
});

const last = "You're the only superadmin. Make someone else a superadmin first.";

const presentDeletion = ({ deletion }: User) => ({
  deletionDueAt: deletion?.dueAt?.toISOString() ?? null,
  posts: deletion?.posts ?? null,
});
