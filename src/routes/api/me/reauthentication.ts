import { Router } from "express";
import { reauthenticationEndpoints as calls } from "../../../forms/api/me/reauthentication.js";
import { isCurrentPassword } from "../../../services/account/reauthenticate.js";
import { readClaims } from "../../../services/api/sessions.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Unprocessable } from "../../../web/api/errors.js";
import { issueAccessToken } from "../../../web/api/token-pairs.js";
import { getLoggedInUser, RECENT_MS } from "../../../web/guards.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { serveEndpoint } from "../endpoint.js";

export const apiReauthentication = Router();

serveEndpoint(
  apiReauthentication,
  calls.confirm,
  async ({ actor, body, req }) => {
    const session = getApiSession(req);
    if (!(await isCurrentPassword(actor, getLoggedInUser(req), String(session._id), body.password)))
      throw new Unprocessable([{ pointer: "#/password", detail: "Incorrect password." }]);
    const token = await issueAccessToken(session, await readClaims(session), new Date());
    return { status: 200, body: { ...token, recent_for: RECENT_MS / 1000 } };
  },
  rateLimits.login,
);
