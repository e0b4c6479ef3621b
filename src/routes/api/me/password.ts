import { Router } from "express";
import { passwordEndpoints as calls } from "../../../forms/api/me/password.js";
import { changePassword, getPasswordOwner } from "../../../services/account/password.js";
import { readClaims, renewApiSession } from "../../../services/api/sessions.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Conflict, Unauthorized } from "../../../web/api/errors.js";
import { assertPasswordPolicy } from "../../../web/api/password-policy.js";
import { issueTokenPair } from "../../../web/api/token-pairs.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { assertOwner } from "../../account/owner-proof.js";
import { serveEndpoint } from "../endpoint.js";

export const apiPassword = Router();

serveEndpoint(apiPassword, calls.change, async ({ actor, body: { currentPassword, password }, req }) => {
  const [session, owner] = [getApiSession(req), getLoggedInUser(req)];
  assertPasswordPolicy(password, getPasswordOwner(owner));
  const user = await assertOwner(req, currentPassword);
  if (!(await changePassword(actor, user, password))) throw new Conflict(tooLate);
  const renewed = await renewApiSession(session);
  if (!renewed) throw new Unauthorized("Your password has been changed. Log in with the new one.");
  return { status: 200, body: await issueTokenPair(renewed, await readClaims(renewed)) };
});

const tooLate = "Your password was changed somewhere else at the same time, so this change wasn't saved.";
