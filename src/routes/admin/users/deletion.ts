import { Router } from "express";
import { getActor } from "../../../actor.js";
import { removalForm } from "../../../forms/admin/deletion.js";
import { deleteUser } from "../../../services/admin/deletion.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { presentManagedUser } from "../../../web/present/user.js";
import { findManageableUser, getUserUrl, problems, type UserRequest } from "./find-user.js";

/** Page where an admin deletes an account. Requires a recent login. */
export const adminUserDeletion = Router();

adminUserDeletion.get("/:id/delete", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.delete");
  res.render("admin/users/deletion", { form: removalForm.blank(), person: presentManagedUser(getActor(req), user) });
});

adminUserDeletion.post("/:id/delete", async (req: UserRequest, res) => {
  const [actor, user] = [getActor(req), await findManageableUser(req, "users.delete")];
  const input = removalForm.parse(req.body);
  const again = { person: presentManagedUser(actor, user) };
  if (!input.ok) return renderFormErrors(res.status(422), "admin/users/deletion", { ...again, form: input.form });
  const problem = problems[await deleteUser(actor, user, input.data)];
  if (problem !== null) {
    const form = removalForm.reject(req.body, { "": problem });
    return renderFormErrors(res.status(422), "admin/users/deletion", { ...again, form });
  }
  flash(
    res,
    "success",
    `${user.username} has been disabled and will be deleted in 14 days unless you enable the account.`,
  );
  res.redirect(303, getUserUrl(user));
});
