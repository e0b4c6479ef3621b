import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { avatarForm } from "../../forms/account/avatar.js";
import type { Form } from "../../forms/form.js";
import type { Refusal } from "../../lib/files/images.js";
import { User } from "../../models/user.js";
import { findNewestUpload, removeAvatar, uploadAvatar } from "../../services/avatar/avatar.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";

export const accountAvatar = Router();

accountAvatar.get("/", async (req, res) => {
  res.render("account/avatar", await page(req, avatarForm.blank()));
});

// web/uploads.ts reads the body and applies the rate limit before the form's token can be checked.
accountAvatar.post("/", async (req, res) => {
  const input = avatarForm.parse({ ...req.body, avatar: req.file?.buffer });
  if (!input.ok) return renderFormErrors(res.status(422), "account/avatar", await page(req, input.form));
  const outcome = await uploadAvatar(getActor(req), await account(req), input.data.avatar);
  if (outcome !== "done") {
    const refused = avatarForm.reject({}, { avatar: reasons[outcome] });
    return renderFormErrors(res.status(422), "account/avatar", await page(req, refused));
  }
  flash(res, "success", "Your picture has arrived, and is being prepared.");
  res.redirect(303, "/account/avatar");
});

accountAvatar.post("/delete", async (req, res) => {
  await removeAvatar(getActor(req), await account(req));
  flash(res, "info", "Your picture is removed.");
  res.redirect(303, "/account/avatar");
});

const reasons: Record<Refusal, string> = {
  unknown: "This is no picture that we can read. Choose a JPEG, PNG, WebP or AVIF.",
  heic: "This is a HEIC picture, which we cannot read. Save it as a JPEG first.",
  "too-many-pixels": "This picture has more than 40 megapixels. Make it smaller first.",
  "too-oblong": "This picture is too long and narrow to be cut to a square.",
  broken: "This picture is damaged or not complete. Save it anew, or choose another one.",
};

const account = (req: Request) => User.findById(getLoggedInUser(req).id).orFail();

async function page(req: Request, form: Form) {
  const upload = await findNewestUpload(await account(req));
  const failure = upload?.refusal ? reasons[upload.refusal] : null;
  return { form, isBeingMade: upload !== null && !failure, failure, maxBytes: config.uploadMaxBytes };
}
