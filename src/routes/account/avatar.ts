import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { avatarForm, refusalTexts } from "../../forms/account/avatar.js";
import type { Form } from "../../forms/form.js";
import { findNewestUpload, removeAvatar, uploadAvatar } from "../../services/avatar/avatar.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";

export const accountAvatar = Router();

accountAvatar.get("/", async (req, res) => {
  res.render("account/avatar", await page(req, avatarForm.blank()));
});

// web/uploads.ts applies the rate limit and reads the body before this form's CSRF token can be checked.
accountAvatar.post("/", async (req, res) => {
  const input = avatarForm.parse({ ...req.body, avatar: req.file?.buffer });
  if (!input.ok) return renderFormErrors(res.status(422), "account/avatar", await page(req, input.form));
  const outcome = await uploadAvatar(getActor(req), await findOwner(req), input.data.avatar);
  if (outcome !== "done") {
    const refused = avatarForm.reject({}, { avatar: refusalTexts[outcome] });
    return renderFormErrors(res.status(422), "account/avatar", await page(req, refused));
  }
  flash(res, "success", "Picture uploaded. We're processing it now.");
  res.redirect(303, "/account/avatar");
});

accountAvatar.post("/delete", async (req, res) => {
  await removeAvatar(getActor(req), await findOwner(req));
  flash(res, "info", "Picture removed.");
  res.redirect(303, "/account/avatar");
});

async function page(req: Request, form: Form) {
  const upload = await findNewestUpload(await findOwner(req));
  const failure = upload?.refusal ? refusalTexts[upload.refusal] : null;
  return { form, isBeingMade: upload !== null && !failure, failure, maxBytes: config.uploadMaxBytes };
}
