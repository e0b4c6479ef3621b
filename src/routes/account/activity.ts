import { Router } from "express";
import { activityQuery } from "../../forms/pagination.js";
import { listActivity } from "../../services/account/activity.js";
import { getLoggedInUser } from "../../web/guards.js";
import { readQuery } from "../../web/pages/query.js";

export const accountActivity = Router();

accountActivity.get("/", async (req, res) => {
  const { before } = readQuery(req, activityQuery);
  const { happenings, older } = await listActivity(getLoggedInUser(req), before);
  res.render("account/activity", {
    happenings,
    older: older && `/account/activity?before=${older}`,
    newest: before === undefined ? null : "/account/activity",
  });
});
