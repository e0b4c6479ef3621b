import { Router } from "express";
import { notificationsForm } from "../../forms/account/notifications.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";

export const accountNotifications = Router();

accountNotifications.get("/", async (req, res) => {
  const user = await findOwner(req);
  const comments = user.commentMailsOffAt ? undefined : "on";
  res.render("account/notifications", { form: notificationsForm.blank({ comments }), email: user.email });
});

accountNotifications.post("/", async (req, res) => {
  const input = notificationsForm.parse(req.body);
  const user = await findOwner(req);
  if (!input.ok)
    return renderFormErrors(res.status(422), "account/notifications", { form: input.form, email: user.email });
  await user.setCommentMails(input.data.comments === "on");
  flash(res, "success", "Changes saved.");
  res.redirect(303, "/account/notifications");
});
