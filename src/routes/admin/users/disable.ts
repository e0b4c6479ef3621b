import { Router } from "express";
import { getActor } from "../../../actor.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import { disableUserForm } from "../../../forms/admin/disable.js";
import { disableUser, enableUser } from "../../../services/admin/disable.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { presentManagedUser } from "../../../web/present/user.js";
import { done, findManageableUser, getUserUrl, problems, type UserRequest } from "./find-user.js";

/** Pages where an admin disables or enables a user. */
export const adminUserDisabling = Router();

adminUserDisabling.get("/:id/disable", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.disable");
  res.render("admin/users/disable", { form: disableUserForm.blank(), person: presentManagedUser(getActor(req), user) });
});

adminUserDisabling.post("/:id/disable", async (req: UserRequest, res) => {
  const [actor, user] = [getActor(req), await findManageableUser(req, "users.disable")];
  const input = disableUserForm.parse(req.body);
  const again = { person: presentManagedUser(actor, user) };
  if (!input.ok) return renderFormErrors(res.status(422), "admin/users/disable", { ...again, form: input.form });
  const problem = problems[await disableUser(actor, user, input.data.reason)];
  if (problem !== null) {
    const form = disableUserForm.reject(req.body, { "": problem });
    return renderFormErrors(res.status(422), "admin/users/disable", { ...again, form });
  }
  done(res, user, `${user.username} has been disabled and logged out everywhere.`);
});

adminUserDisabling.post("/:id/enable", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.disable");
  const outcome: Outcome<"done" | "unchanged"> = await enableUser(getActor(req), user);
  const isOpen = outcome === "done" || !user.disabledAt;
  if (isOpen) return done(res, user, `${user.username} has been enabled.`);
  flash(res, "error", `${user.username} is already being deleted. This can't be stopped.`);
  res.redirect(303, getUserUrl(user));
});
