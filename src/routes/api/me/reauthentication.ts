import { Router } from "express";
import { reauthenticationEndpoints as calls } from "../../../forms/api/me/reauthentication.js";
import { hasSecondFactor } from "../../../models/user.js";
import { verifyCurrentPassword } from "../../../services/account/reauthenticate.js";
import { readClaims } from "../../../services/api/sessions.js";
import { verifyCode } from "../../../services/factors/verify.js";
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
    const device = String(session._id);
    const user = await verifyCurrentPassword(actor, getLoggedInUser(req), device, body.password);
    if (!user) throw new Unprocessable([wrongPassword]);
    if (hasSecondFactor(user)) {
      if (!body.code) throw new Unprocessable([missingCode]);
      const isRight = await verifyCode(actor, { user, device }, body.code);
      if (!isRight) throw new Unprocessable(["code" in body.code ? wrongCode : wrongRecoveryCode]);
    }
    const token = await issueAccessToken(session, await readClaims(session), new Date());
    return { status: 200, body: { ...token, recent_for: RECENT_MS / 1000 } };
  },
  rateLimits.login,
);

const wrongPassword = { pointer: "#/password", detail: "Incorrect password." };
const missingCode = { pointer: "#/otp", detail: "This account has a second factor. Send otp or recovery_code too." };
const wrongCode = { pointer: "#/otp", detail: "This code is wrong or was used before." };
const wrongRecoveryCode = { ...wrongCode, pointer: "#/recovery_code" };
