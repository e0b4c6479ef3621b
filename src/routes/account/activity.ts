import { Router } from "express";
import { beforeId } from "../../forms/fields.js";
import { listActivity } from "../../services/activity.js";
import { signedIn } from "../../web/guards.js";

export const activity = Router();

activity.get("/", async (req, res) => {
  const before = beforeId.parse(req.query.before);
  const { happenings, older } = await listActivity(signedIn(req), before);
  res.render("account/activity", {
    happenings,
    older: older && `/account/activity?before=${older}`,
    newest: before === undefined ? null : "/account/activity",
  });
});
