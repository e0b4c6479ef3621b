import { Router } from "express";
import { actorOf } from "../../../actor.js";
import { removalForm } from "../../../forms/admin/deletion.js";
import { deleteUser } from "../../../services/admin/deletion.js";
import { flash } from "../../../web/pages/flash.js";
import { sendBack } from "../../../web/pages/problem-json.js";
import { inPerson } from "../../../web/present/user.js";
import { addressOf, type OfPerson, problems, subjectOf } from "./find-user.js";

/** The deletion of an account by those who run the site: for those who proved lately who they are. */
export const deletion = Router();

deletion.get("/:id/delete", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.delete");
  res.render("admin/users/deletion", { form: removalForm.blank(), person: inPerson(actorOf(req), user) });
});

deletion.post("/:id/delete", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.delete")];
  const input = removalForm.parse(req.body);
  const again = { person: inPerson(actor, user) };
  if (!input.ok) return sendBack(res.status(422), "admin/users/deletion", { ...again, form: input.form });
  const problem = problems[await deleteUser(actor, user, input.data)];
  if (problem !== null) {
    const form = removalForm.reject(req.body, { "": problem });
    return sendBack(res.status(422), "admin/users/deletion", { ...again, form });
  }
  flash(
    res,
    "success",
    `${user.username} is locked out. The account will be deleted in 14 days, unless it is unlocked.`,
  );
  res.redirect(303, addressOf(user));
});
