import { Router } from "express";
import { activityEndpoints as calls } from "../../../forms/api/me/activity.js";
import { listActivity } from "../../../services/account/activity.js";
import { presentCursorPage } from "../../../web/api/pagination.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { serveEndpoint } from "../endpoint.js";

export const apiActivity = Router();

serveEndpoint(apiActivity, calls.list, async ({ query, req }) => {
  const { happenings, older } = await listActivity(getLoggedInUser(req), query.cursor, query.limit);
  const data = happenings.map(({ at, what, token, ...event }) => ({
    ...event,
    at: at.toISOString(),
    text: what,
    apiToken: token,
  }));
  return presentCursorPage(req, query, { data, next: older });
});
