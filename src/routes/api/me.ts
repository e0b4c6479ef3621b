import { Router } from "express";
import { NotFound } from "../../errors.js";
import { me as calls } from "../../forms/api/me.js";
import { type Account, readAccount } from "../../models/user/account.js";
import { User } from "../../models/user.js";
import { planDeletion } from "../../services/account/deletion.js";
import { saveProfile } from "../../services/account/profile.js";
import { isCurrentPassword } from "../../services/account/reauthenticate.js";
import { slugsOf } from "../../services/domain/domains.js";
import { Conflict, InsufficientScope, PreconditionFailed, Unprocessable } from "../../web/api/errors.js";
import { userInFull } from "../../web/api/present.js";
import { signedIn } from "../../web/guards.js";
import { requireMatch, serve } from "./endpoint.js";

export const me = Router();

serve(me, calls.read, async ({ req }) => ({ status: 200, body: await shown(signedIn(req).id) }));

serve(me, calls.change, async ({ actor, body, req }) => {
  if (body.username !== undefined && !req.apiSession) throw new InsufficientScope(null);
  const before = await account(signedIn(req).id);
  const since = requireMatch(req, await inAnswer(before)) ? before : undefined;
  const user = await User.findById(before._id).orFail();
  const outcome = await saveProfile(actor, user, body, since);
  if (outcome === "stale") throw new PreconditionFailed();
  if (outcome !== "done") throw new Unprocessable([reasons[outcome]]);
  return { status: 200, body: await shown(user.id) };
});

serve(me, calls.leave, async ({ actor, body, req }) => {
  const { id } = signedIn(req);
  requireMatch(req, await shown(id));
  const { posts, currentPassword } = body;
  if (!(await isCurrentPassword(actor, { id }, String(req.apiSession?._id), currentPassword)))
    throw new Unprocessable([wrong]);
  const here = { device: undefined, session: "" };
  if (!(await planDeletion(actor, await User.findById(id).orFail(), { posts, here }))) throw new Conflict(last);
  return { status: 202, body: await shown(id) };
});

const reasons = {
  "username-taken": { pointer: "#/username", detail: "This username is taken. Choose another." },
  "too-early": {
    pointer: "#/username",
    detail: "A username can be changed once a week, and you changed yours not long ago.",
  },
  invalid: { pointer: "#/phone", detail: "Send a whole number with its country, such as +49 30 1234567." },
};
const wrong = { pointer: "#/currentPassword", detail: "This is not the password of your account." };
const last = "You are the only superadmin. Make somebody else one first.";

async function account(id: string): Promise<Account> {
  const found = await readAccount(id);
  if (!found) throw new NotFound();
  return found;
}

/** The account as it is now. */
const shown = async (id: string) => inAnswer(await account(id));
const inAnswer = async (found: Account) => userInFull(found, await slugsOf([found]));
