import { type Request, Router } from "express";
import { factorEndpoints as calls } from "../../../forms/api/me/factors.js";
import { readClaims, renewApiSession } from "../../../services/api/sessions.js";
import { removeAuthenticator } from "../../../services/factors/authenticator.js";
import { describeFactors } from "../../../services/factors/describe.js";
import { resetFactors } from "../../../services/factors/reset.js";
import { getApiSession } from "../../../web/api/authenticate.js";
import { Conflict, Unauthorized } from "../../../web/api/errors.js";
import { issueTokenPair } from "../../../web/api/token-pairs.js";
import { findOwner } from "../../../web/owner.js";
import { serveEndpoint } from "../endpoint.js";

export const apiFactors = Router();

serveEndpoint(apiFactors, calls.read, async ({ req }) => ({
  status: 200,
  body: await describeFactors(await findOwner(req)),
}));

serveEndpoint(apiFactors, calls.removeAll, async ({ actor, req }) => {
  if (!(await resetFactors(actor, await findOwner(req)))) throw new Conflict(nothingRemoved);
  return continueLogin(req);
});

serveEndpoint(apiFactors, calls.removeAuthenticator, async ({ actor, req }) => {
  if (!(await removeAuthenticator(actor, await findOwner(req))))
    throw new Conflict("This account has no authenticator app, or has just changed.");
  return continueLogin(req);
});

const nothingRemoved = "This account has no second factor, or its passkeys are the only login method.";

async function continueLogin(req: Request) {
  const renewed = await renewApiSession(getApiSession(req));
  if (!renewed) throw new Unauthorized("Your second factors have changed. Log in again.");
  return { status: 200, body: await issueTokenPair(renewed, await readClaims(renewed)) };
}
