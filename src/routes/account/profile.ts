import { Router } from "express";
import { actorOf } from "../../actor.js";
import { profileForm } from "../../forms/account/profile.js";
import type { Form } from "../../forms/form.js";
import { User } from "../../models/user.js";
import { saveProfile } from "../../services/profile.js";
import { flash } from "../../web/flash.js";
import { signedIn } from "../../web/guards.js";
import { sendBack } from "../../web/problems.js";

export const profile = Router();

profile.get("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  res.render("account/profile", page(user, profileForm.blank({ username: user.username, bio: user.bio })));
});

profile.post("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const input = profileForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "account/profile", page(user, input.form));
  const outcome = await saveProfile(actorOf(req), user, input.data);
  if (outcome !== "done") {
    const refused = profileForm.reject(req.body, { username: reasons[outcome] });
    return sendBack(res.status(422), "account/profile", page(user, refused));
  }
  flash(res, "success", "Your profile is saved.");
  res.redirect(303, "/account/profile");
});

const reasons = {
  taken: "This username is taken. Choose another.",
  early: "A username can be changed once a week, and you changed yours not long ago. Keep it for now.",
};

const page = ({ username, email, createdAt }: User, form: Form) => ({ form, account: { username, email, createdAt } });
