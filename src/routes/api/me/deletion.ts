import { type Request, Router } from "express";
import { deletionEndpoints as calls } from "../../../forms/api/me/deletion.js";
import { User } from "../../../models/user.js";
import { cancelDeletion, scheduleDeletion } from "../../../services/account/deletion.js";
import { isCurrentPassword } from "../../../services/account/reauthenticate.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Conflict, Unprocessable } from "../../../web/api/errors.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { serveEndpoint } from "../endpoint.js";

export const apiDeletion = Router();

serveEndpoint(apiDeletion, calls.read, async ({ req }) => ({ status: 200, body: await presentDeletion(req) }));

serveEndpoint(apiDeletion, calls.schedule, async ({ actor, body: { posts, currentPassword }, req }) => {
  const program = String(getApiSession(req)._id);
  if (!(await isCurrentPassword(actor, getLoggedInUser(req), program, currentPassword)))
    throw new Unprocessable([wrong]);
  const here = { device: undefined, session: "", program };
  if (!(await scheduleDeletion(actor, await findOwner(req), { posts, here }))) throw new Conflict(last);
  return { status: 202, body: await presentDeletion(req) };
});

serveEndpoint(apiDeletion, calls.cancel, async ({ actor, req }) => {
  await cancelDeletion(actor, await findOwner(req));
  return { status: 204 };
});

const wrong = { pointer: "#/currentPassword", detail: "Incorrect password." };
const last = "You're the only superadmin. Make someone else a superadmin first.";

const findOwner = (req: Request) => User.findById(getLoggedInUser(req).id).orFail();

async function presentDeletion(req: Request) {
  const { deletion } = await findOwner(req);
  return { deletionDueAt: deletion?.dueAt?.toISOString() ?? null, posts: deletion?.posts ?? null };
}
