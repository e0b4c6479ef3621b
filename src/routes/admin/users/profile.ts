import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { managedFieldNames } from "../../../definitions/profile-fields.js";
import { managedProfileForm } from "../../../forms/account/profile.js";
import { type Form, readVersion } from "../../../forms/form.js";
import { toFormErrors } from "../../../forms/rejections.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { formatPhone } from "../../../lib/text/phone.js";
import type { User } from "../../../models/user.js";
import { type EditOutcome, editUser } from "../../../services/admin/edit-user.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { ChangedMeanwhile, retryIfChanged } from "../../../web/pages/refusals.js";
import { presentManagedSections } from "../../../web/present/profile.js";
import { presentManagedUser } from "../../../web/present/user.js";
import { done, findManageableUser, type UserRequest } from "./find-user.js";

/** Page where an admin edits the username, email and profile of a user. Requires a recent login. */
export const adminUserProfile = Router();

adminUserProfile.get("/:id/profile", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.edit");
  res.render("admin/users/profile", page(req, user, stored(user)));
});

adminUserProfile.post("/:id/profile", retryIfChanged<UserRequest>(save));

async function save(req: UserRequest, res: Response): Promise<void> {
  const user = await findManageableUser(req, "users.edit");
  const refuse = (form: Form, status = 422) =>
    renderFormErrors(res.status(status), "admin/users/profile", page(req, user, form));
  if (user.email === "" && req.body?.email === "") delete req.body.email; // another account has confirmed its address
  const conflict = managedProfileForm.conflict(req.body, stored(user));
  if (conflict) return refuse(conflict, 409);
  const input = managedProfileForm.parse(req.body);
  if (!input.ok) return refuse(input.form);
  const since = readVersion(req.body) ? (user.updatedAt ?? null) : undefined;
  const outcome = await editUser(getActor(req), user, input.data, since);
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome !== "done") return refuse(managedProfileForm.reject(req.body, toErrors(outcome)));
  const isPending = user.emailConfirmedAt && input.data.email !== undefined && input.data.email !== user.email;
  const next = isPending ? " The new email takes effect when they confirm it." : "";
  done(res, user, `Profile of ${input.data.username ?? user.username} saved.${next}`);
}

function toErrors(outcome: Exclude<EditOutcome, "done" | "stale">): Record<string, string> {
  if (outcome === "disabled") return { email: "This account is disabled. Enable it before you change its email." };
  if (outcome === "last-superadmin")
    return { email: "This is the only superadmin. Make someone else a superadmin first." };
  return toFormErrors(outcome);
}

const page = (req: Request, user: User, form: Form) => ({
  form,
  person: presentManagedUser(getActor(req), user),
  sections: presentManagedSections(form.fields.timeZone?.value ?? ""),
});

function stored({ username, email, bio, profile }: User): Form {
  const known = Object.fromEntries(managedFieldNames.map((field) => [field, profile?.[field] ?? ""]));
  const { phone } = known;
  return managedProfileForm.stored({
    username,
    email: formatEmail(email),
    bio,
    ...known,
    ...(phone && { phone: formatPhone(phone) }),
  });
}
