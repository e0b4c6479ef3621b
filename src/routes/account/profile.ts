import { Router } from "express";
import { actorOf } from "../../actor.js";
import { profileForm } from "../../forms/account/profile.js";
import type { Form } from "../../forms/form.js";
import { countries } from "../../lib/countries.js";
import { phoneInWords } from "../../lib/phones.js";
import { type Profile, profileFields } from "../../lib/profiles.js";
import { isTimeZone, timeZones } from "../../lib/time-zones.js";
import { User } from "../../models/user.js";
import { saveProfile } from "../../services/profile.js";
import { flash } from "../../web/flash.js";
import { signedIn } from "../../web/guards.js";
import { sendBack } from "../../web/problems.js";

export const profile = Router();

profile.get("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const { username, bio, shown } = user;
  res.render("account/profile", page(user, profileForm.blank({ username, bio, shown: [...shown], ...told(user) })));
});

profile.post("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const input = profileForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "account/profile", page(user, input.form));
  const outcome = await saveProfile(actorOf(req), user, input.data);
  if (outcome !== "done") {
    const refused = profileForm.reject(req.body, reasons[outcome]);
    return sendBack(res.status(422), "account/profile", page(user, refused));
  }
  flash(res, "success", "Your profile is saved.");
  res.redirect(303, "/account/profile");
});

const reasons = {
  taken: { username: "This username is taken. Choose another." },
  changed: { "": "Your profile was changed elsewhere meanwhile. Have a look at it, and send it again." },
  early: { username: "A username can be changed once a week, and you changed yours not long ago. Keep it for now." },
  phone: { phone: "Enter a whole number with its country, such as +49 30 1234567, or choose your country below." },
};

const page = ({ username, email, createdAt }: User, form: Form) => {
  const chosen = form.fields.timeZone?.value ?? "";
  const zones = isTimeZone(chosen) ? [...new Set([...timeZones, chosen])] : timeZones;
  return { form, account: { username, email, createdAt }, countries, timeZones: zones };
};

/** What the person told so far, as they would type it. */
function told({ profile }: User): Profile {
  const known = Object.fromEntries(profileFields.map((field) => [field, profile?.[field] ?? ""]));
  return { ...known, phone: known.phone && phoneInWords(known.phone) };
}
