import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { passwordForm } from "../../forms/account/password.js";
import type { Form } from "../../forms/form.js";
import { changePassword, getPasswordOwner, removePassword } from "../../services/account/password.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { HOME } from "../../web/pages/return-to.js";
import { renewSession } from "../../web/session/session.js";
import { verifyOwner } from "./owner-proof.js";

export const accountPassword = Router();

accountPassword.get("/", async (req, res) => {
  res.render("account/password", await page(req, passwordForm(getOwner(req)).blank()));
});

accountPassword.post("/", async (req, res) => {
  const form = passwordForm(getOwner(req));
  const input = form.parse(req.body);
  if (!input.ok) return refuse(req, res, input.form);
  const { currentPassword, password } = input.data;
  const { mustChangePassword, hasPassword } = getLoggedInUser(req);
  const user = await verifyOwner(req, currentPassword);
  if (!user) return refuse(req, res, form.reject(req.body, wrong));
  if (await changePassword(getActor(req), user, password)) {
    await renewSession(req);
    const done = hasPassword ? "Password changed." : "Password set.";
    flash(res, "success", `${done} You've been logged out on all other devices. API tokens stay valid.`);
    if (mustChangePassword) return res.redirect(303, HOME);
  } else flash(res, "error", "Your password was changed somewhere else at the same time, so this change wasn't saved.");
  res.redirect(303, HERE);
});

accountPassword.post("/remove", async (req, res) => {
  const outcome = await removePassword(getActor(req), await findOwner(req));
  if (outcome === "done") {
    await renewSession(req);
    flash(res, "success", "Password removed. You've been logged out on all other devices. API tokens stay valid.");
  } else flash(res, "error", keptTexts[outcome]);
  res.redirect(303, HERE);
});

const HERE = "/account/password";
const wrong = { currentPassword: "Incorrect password." };
const keptTexts = {
  forbidden: "Your password is the only way into your account. Add a passkey before you remove it.",
  stale: "Your account was changed somewhere else at the same time, so the password wasn't removed. Try again.",
};

const getOwner = (req: Request) => {
  const user = getLoggedInUser(req);
  return { ...getPasswordOwner(user), hasPassword: user.hasPassword };
};

const refuse = async (req: Request, res: Response, form: Form) =>
  renderFormErrors(res.status(422), "account/password", await page(req, form));

/** The password can be removed if a passkey is another login method. */
async function page(req: Request, form: Form) {
  const { passkeys } = await findOwner(req);
  return { form, owner: getOwner(req), isRemovable: getLoggedInUser(req).hasPassword && passkeys.length > 0 };
}
