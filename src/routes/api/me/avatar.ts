import { Router } from "express";
import { config } from "../../../config/index.js";
import { refusalTexts } from "../../../forms/account/avatar.js";
import { avatarEndpoints as calls } from "../../../forms/api/me/avatar.js";
import type { User } from "../../../models/user.js";
import { findNewestUpload, removeAvatar, uploadAvatar } from "../../../services/avatar/avatar.js";
import { PreconditionFailed, Unprocessable } from "../../../web/api/errors.js";
import { findOwner } from "../../../web/owner.js";
import { assertMatch, serveEndpoint } from "../endpoint.js";

export const apiAvatar = Router();

serveEndpoint(apiAvatar, calls.read, async ({ req }) => ({
  status: 200,
  body: await presentAvatar(await findOwner(req)),
}));

serveEndpoint(apiAvatar, calls.upload, async ({ actor, body, req }) => {
  const outcome = await uploadAvatar(actor, await findOwner(req), body.avatar);
  if (outcome !== "done") throw new Unprocessable([{ pointer: "#/avatar", detail: refusalTexts[outcome] }]);
  return { status: 202, body: await presentAvatar(await findOwner(req)) };
});

serveEndpoint(apiAvatar, calls.remove, async ({ actor, req }) => {
  const user = await findOwner(req);
  const isMatched = assertMatch(req, await presentAvatar(user));
  if (!(await removeAvatar(actor, user, isMatched))) throw new PreconditionFailed();
  return { status: 204 };
});

async function presentAvatar(user: User) {
  const upload = await findNewestUpload(user);
  const refusal = upload?.refusal ?? null;
  const pending = upload && (refusal ? "rejected" : "processing");
  return {
    state: pending ?? (user.picture ? "ready" : "none"),
    picture: user.picture ? `${config.baseUrl.origin}/users/${user.username}/avatar` : null,
    refusal: refusal && { reason: refusal, detail: refusalTexts[refusal] },
  };
}
