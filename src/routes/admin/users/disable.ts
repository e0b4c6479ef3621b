import { Router } from "express";
import { actorOf } from "../../../actor.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import { disablingForm } from "../../../forms/admin/disable.js";
import { disableUser, enableUser } from "../../../services/admin/disable.js";
import { flash } from "../../../web/pages/flash.js";
import { sendBack } from "../../../web/pages/problem-json.js";
import { inPerson } from "../../../web/present/user.js";
import { addressOf, done, type OfPerson, problems, subjectOf } from "./find-user.js";

/** Stops an account, and opens it again. */
export const disable = Router();

disable.get("/:id/disable", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.disable");
  res.render("admin/users/disable", { form: disablingForm.blank(), person: inPerson(actorOf(req), user) });
});

disable.post("/:id/disable", async (req: OfPerson, res) => {
  const [actor, user] = [actorOf(req), await subjectOf(req, "users.disable")];
  const input = disablingForm.parse(req.body);
  const again = { person: inPerson(actor, user) };
  if (!input.ok) return sendBack(res.status(422), "admin/users/disable", { ...again, form: input.form });
  const problem = problems[await disableUser(actor, user, input.data.reason)];
  if (problem !== null) {
    const form = disablingForm.reject(req.body, { "": problem });
    return sendBack(res.status(422), "admin/users/disable", { ...again, form });
  }
  done(res, user, `${user.username} is locked out and signed out everywhere.`);
});

disable.post("/:id/enable", async (req: OfPerson, res) => {
  const user = await subjectOf(req, "users.disable");
  const outcome: Outcome<"done" | "unchanged"> = await enableUser(actorOf(req), user);
  const isOpen = outcome === "done" || !user.disabledAt;
  if (isOpen) return done(res, user, `${user.username} can log in.`);
  flash(res, "error", `The account of ${user.username} is being deleted. It is too late.`);
  res.redirect(303, addressOf(user));
});
