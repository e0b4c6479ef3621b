import { Router } from "express";
import { profileForm } from "../../forms/account/profile.js";
import type { Form } from "../../forms/form.js";
import { User } from "../../models/user.js";
import { flash } from "../../web/flash.js";
import { signedIn } from "../../web/guards.js";
import { sendBack } from "../../web/problems.js";

export const profile = Router();

profile.get("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  res.render("account/profile", page(user, profileForm.blank({ bio: user.bio })));
});

profile.post("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const input = profileForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "account/profile", page(user, input.form));
  await user.describe(input.data);
  flash(res, "success", "Your profile is saved.");
  res.redirect(303, "/account/profile");
});

const page = ({ username, email, createdAt }: User, form: Form) => ({ form, account: { username, email, createdAt } });
