import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { type Profile, profileFieldNames } from "../../definitions/profile-fields.js";
import { profileForm } from "../../forms/account/profile.js";
import { type Form, readVersion } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { formatPhone } from "../../lib/text/phone.js";
import { readAccount } from "../../models/user/account.js";
import type { User } from "../../models/user.js";
import { saveProfile } from "../../services/account/profile.js";
import { toSignal } from "../../services/factors/passkey-options.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { ChangedMeanwhile, retryIfChanged } from "../../web/pages/refusals.js";
import { presentFixedFields, presentProfileSections } from "../../web/present/profile.js";

export const accountProfile = Router();

accountProfile.get("/", async (req, res) => {
  const user = await findOwner(req);
  res.render("account/profile", page(user, stored(user)));
});

accountProfile.post("/", retryIfChanged(save));

async function save(req: Request, res: Response): Promise<void> {
  const before = (await readAccount(getLoggedInUser(req).id)) ?? undefined;
  const user = await findOwner(req);
  const conflict = profileForm.conflict(req.body, stored(user));
  if (conflict) return renderFormErrors(res.status(409), "account/profile", page(user, conflict));
  const input = profileForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "account/profile", page(user, input.form));
  const outcome = await saveProfile(getActor(req), user, input.data, readVersion(req.body) ? before : undefined);
  if (outcome === "stale") throw new ChangedMeanwhile();
  if (outcome !== "done") {
    const refused = profileForm.reject(req.body, outcome === "too-early" ? tooEarly : toFormErrors(outcome));
    return renderFormErrors(res.status(422), "account/profile", page(user, refused));
  }
  flash(res, "success", "Profile saved.");
  res.redirect(303, "/account/profile");
}

const tooEarly = { username: "You can change your username once a week. Try again later." };

const page = (user: User, form: Form) => ({
  form,
  account: { username: user.username, email: user.email, createdAt: user.createdAt },
  sections: presentProfileSections(form.fields.timeZone?.value ?? ""),
  fixed: presentFixedFields(user.profile ?? {}),
  signal: user.passkeys.length > 0 ? toSignal(user) : null, // password managers show the username
});

function stored(user: User): Form {
  const { username, bio, shown } = user;
  return profileForm.stored({ username, bio, shown: ["none", ...shown], ...told(user) });
}

/** Returns the stored profile in the format of the form. */
function told({ profile }: User): Profile {
  const known = Object.fromEntries(profileFieldNames.map((field) => [field, profile?.[field] ?? ""]));
  return { ...known, phone: known.phone && formatPhone(known.phone) };
}
