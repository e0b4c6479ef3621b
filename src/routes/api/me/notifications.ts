import { Router } from "express";
import { notificationEndpoints as calls } from "../../../forms/api/me/notifications.js";
import type { User } from "../../../models/user.js";
import { PreconditionFailed } from "../../../web/api/errors.js";
import { findOwner } from "../../../web/owner.js";
import { assertMatch, serveEndpoint } from "../endpoint.js";

export const apiNotifications = Router();

serveEndpoint(apiNotifications, calls.read, async ({ req }) => ({
  status: 200,
  body: presentNotifications(await findOwner(req)),
}));

serveEndpoint(apiNotifications, calls.change, async ({ body: { comments }, req }) => {
  const user = await findOwner(req);
  const before = presentNotifications(user);
  const isMatched = assertMatch(req, before);
  if (!(await user.setCommentMails(comments, isMatched ? before.comments : undefined))) throw new PreconditionFailed();
  return { status: 200, body: { comments } };
});

const presentNotifications = ({ commentMailsOffAt }: User) => ({ comments: !commentMailsOffAt });
