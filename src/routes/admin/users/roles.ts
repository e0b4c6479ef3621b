import { Router } from "express";
import { getActor } from "../../../actor.js";
import { rolesForm } from "../../../forms/admin/roles.js";
import { setRoles } from "../../../services/admin/roles.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { presentManagedUser, presentRoleChoices } from "../../../web/present/user.js";
import { findManageableUser, getUserUrl, problems, type UserRequest } from "./find-user.js";

/** Page for the site-wide roles of a user. Requires a recent login. */
export const adminUserRoles = Router();

adminUserRoles.get("/:id/roles", async (req: UserRequest, res) => {
  const [actor, user] = [getActor(req), await findManageableUser(req, "users.roles")];
  const page = { person: presentManagedUser(actor, user), choices: presentRoleChoices(actor, user) };
  res.render("admin/users/roles", { ...page, form: rolesForm.stored({ roles: page.person.roles }) });
});

adminUserRoles.post("/:id/roles", async (req: UserRequest, res) => {
  const [actor, user] = [getActor(req), await findManageableUser(req, "users.roles")];
  const page = { person: presentManagedUser(actor, user), choices: presentRoleChoices(actor, user) };
  const conflict = rolesForm.conflict(req.body, rolesForm.stored({ roles: page.person.roles }));
  if (conflict) return renderFormErrors(res.status(409), "admin/users/roles", { ...page, form: conflict });
  const input = rolesForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "admin/users/roles", { ...page, form: input.form });
  const problem = problems[await setRoles(actor, user, input.data.roles)];
  if (problem !== null) {
    const form = rolesForm.reject(req.body, { roles: problem });
    return renderFormErrors(res.status(422), "admin/users/roles", { ...page, form });
  }
  flash(res, "success", `The roles of ${user.username} have been saved.`);
  res.redirect(303, getUserUrl(user));
});
