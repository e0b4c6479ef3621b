import { type Request, type Response, Router } from "express";
import { actorOf } from "../../actor.js";
import { passwordForm } from "../../forms/account/password.js";
import type { Form } from "../../forms/form.js";
import { changePassword } from "../../services/account/password.js";
import { proveWithPassword } from "../../services/account/reauthenticate.js";
import { signedIn } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { renewSession } from "../../web/session/session.js";

export const password = Router();

password.get("/", (req, res) => {
  res.render("account/password", { form: passwordForm(signedIn(req)).blank(), owner: ownerOf(req) });
});

password.post("/", async (req, res) => {
  const form = passwordForm(signedIn(req));
  const input = form.parse(req.body);
  if (!input.ok) return refuse(res, input.form);
  const { currentPassword, password } = input.data;
  const user = await proveWithPassword(actorOf(req), signedIn(req), req.session.device, currentPassword);
  if (!user) return refuse(res, form.reject(req.body, wrong));
  if (await changePassword(actorOf(req), user, password)) {
    await renewSession(req);
    flash(res, "success", "Your password is changed. All other sessions are ended; API tokens stay valid.");
  } else flash(res, "error", "Your password was changed elsewhere at the same moment. This change was not made.");
  res.redirect(303, "/account/password");
});

const wrong = { currentPassword: "This is not your current password." };

const ownerOf = (req: Request) => ({ username: signedIn(req).username, email: signedIn(req).email });

const refuse = (res: Response, form: Form) =>
  sendBack(res.status(422), "account/password", { form, owner: ownerOf(res.req) });
