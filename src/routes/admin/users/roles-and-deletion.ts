import { Router } from "express";
import { actorOf } from "../../../actor.js";
import { removalForm, rolesForm } from "../../../forms/admin/user.js";
import { deleteUser } from "../../../services/admin/account-status.js";
import { setRoles } from "../../../services/admin/roles.js";
import { flash } from "../../../web/pages/flash.js";
import { sendBack } from "../../../web/pages/problem-json.js";
import { inPerson, inRoleChoices } from "../../../web/present/user.js";
import { addressOf, type OfPerson, problems, subjectOf } from "./find-user.js";

/** What weighs most: for those who proved lately who they are. */
export const personChanges = Router();

personChanges.get("/:id/roles", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.roles")];
  const page = { person: inPerson(actor, user), choices: inRoleChoices(actor, user) };
  res.render("admin/users/roles", { ...page, form: rolesForm.stored({ roles: page.person.roles }) });
});

personChanges.post("/:id/roles", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.roles")];
  const page = { person: inPerson(actor, user), choices: inRoleChoices(actor, user) };
  const conflict = rolesForm.conflict(req.body, rolesForm.stored({ roles: page.person.roles }));
  if (conflict) return sendBack(res.status(409), "admin/users/roles", { ...page, form: conflict });
  const input = rolesForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "admin/users/roles", { ...page, form: input.form });
  const problem = problems[await setRoles(actor, user, input.data.roles)];
  if (problem !== null) {
    const form = rolesForm.reject(req.body, { roles: problem });
    return sendBack(res.status(422), "admin/users/roles", { ...page, form });
  }
  flash(res, "success", `The roles of ${user.username} are saved.`);
  res.redirect(303, addressOf(user));
});

personChanges.get("/:id/delete", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.delete");
  res.render("admin/users/delete", { form: removalForm.blank(), person: inPerson(actorOf(req), user) });
});

personChanges.post("/:id/delete", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.delete")];
  const input = removalForm.parse(req.body);
  const again = { person: inPerson(actor, user) };
  if (!input.ok) return sendBack(res.status(422), "admin/users/delete", { ...again, form: input.form });
  const problem = problems[await deleteUser(actor, user, input.data)];
  if (problem !== null) {
    const form = removalForm.reject(req.body, { "": problem });
    return sendBack(res.status(422), "admin/users/delete", { ...again, form });
  }
  flash(
    res,
    "success",
    `${user.username} is locked out. The account will be deleted in 14 days, unless it is unlocked.`,
  );
  res.redirect(303, addressOf(user));
});
