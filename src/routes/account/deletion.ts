import { Router } from "express";
import { getActor } from "../../actor.js";
import { deletionForm } from "../../forms/account/deletion.js";
import { cancelDeletion, scheduleDeletion } from "../../services/account/deletion.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { ChangedMeanwhile } from "../../web/pages/refusals.js";
import { storageId } from "../../web/session/store.js";
import { verifyOwner } from "./owner-proof.js";

export const accountDeletion = Router();

const last = {
  "": "You're the only superadmin. Make someone else a superadmin first.",
};
const wrong = { currentPassword: "Incorrect password." };

accountDeletion.get("/", async (req, res) => {
  const { deletionDueAt: dueAt } = getLoggedInUser(req);
  if (!dueAt) return res.render("account/deletion", { form: deletionForm(getLoggedInUser(req)).blank() });
  const isHeld = await (await findOwner(req)).isLastSuperadmin();
  res.render("account/deletion-planned", { dueAt, isHeld });
});

accountDeletion.post("/", async (req, res) => {
  const [actor, person] = [getActor(req), getLoggedInUser(req)];
  const form = deletionForm(person);
  const input = form.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "account/deletion", { form: input.form });
  const { device } = req.session;
  const { posts, currentPassword } = input.data;
  if (!(await verifyOwner(req, currentPassword))) {
    return renderFormErrors(res.status(422), "account/deletion", { form: form.reject(req.body, wrong) });
  }
  const here = { device, session: storageId(req.sessionID) };
  const outcome = await scheduleDeletion(actor, await findOwner(req), { posts, here });
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome === "last-superadmin") {
    return renderFormErrors(res.status(422), "account/deletion", { form: form.reject(req.body, last) });
  }
  flash(res, "info", "Your account is scheduled for deletion. You can cancel until then.");
  res.redirect(303, "/account/deletion");
});

accountDeletion.post("/cancel", async (req, res) => {
  const user = await findOwner(req);
  if (await cancelDeletion(getActor(req), user))
    flash(res, "success", "Deletion cancelled. Your account won't be deleted.");
  res.redirect(303, "/dashboard");
});
