import { Router } from "express";
import { config } from "../../config/index.js";
import { Forbidden, InvalidLink, RegistrationClosed } from "../../errors.js";
import { authEndpoints as calls } from "../../forms/api/auth.js";
import { toMistake } from "../../forms/rejections.js";
import { askAgain } from "../../services/account/email-confirmation.js";
import { isAccount } from "../../services/account/open.js";
import { getPasswordOwner } from "../../services/account/password.js";
import { askForReset, findReset, isSpentReset, resetPassword } from "../../services/account/password-reset.js";
import { registerUser } from "../../services/account/register/register.js";
import { confirmRegistration } from "../../services/api/email-confirmation.js";
import { endApiSession, readClaims, refreshApiSession, startApiSession } from "../../services/api/sessions.js";
import { mailNotice } from "../../services/mail/limits.js";
import {
  Conflict,
  SecondFactorRequired,
  Unauthorized,
  Unprocessable,
  WrongCode,
  WrongCredentials,
} from "../../web/api/errors.js";
import { assertPasswordPolicy } from "../../web/api/password-policy.js";
import { issueTokenPair, readRefreshToken } from "../../web/api/token-pairs.js";
import { rateLimits } from "../../web/rate-limits.js";
import { serveEndpoint } from "./endpoint.js";

export const apiAuth = Router();

serveEndpoint(
  apiAuth,
  calls.register,
  async ({ actor, body }) => {
    if (config.registration !== "open") throw new RegistrationClosed(config.registration);
    const { password, ...typed } = body;
    const user = await registerUser(actor, typed, { password });
    if (!isAccount(user)) throw new Unprocessable([toMistake(user)]);
    const { id, username, email, createdAt } = user;
    return { status: 201, body: { id, username, email, createdAt: createdAt.toISOString() } };
  },
  rateLimits.register,
);

serveEndpoint(
  apiAuth,
  calls.logIn,
  async ({ actor, body }) => {
    const session = await startApiSession(actor, body, config.jwtRefreshMs);
    if (session === "disabled") throw new Forbidden("This account is disabled.");
    if (session === "unconfirmed") throw new Forbidden("Confirm your email address first. Open the link in the email.");
    if (session === "code-missing") throw new SecondFactorRequired();
    if (session === "wrong-code") throw new WrongCode();
    if (!session) throw new WrongCredentials();
    return { status: 200, body: await issueTokenPair(session, await readClaims(session)) };
  },
  rateLimits.login,
);

serveEndpoint(
  apiAuth,
  calls.refresh,
  async ({ actor, body }) => {
    const claims = await readRefreshToken(body.refresh_token);
    const session = claims && (await refreshApiSession(actor, claims));
    if (!session) throw new Unauthorized("This refresh token is no longer valid. Log in again.");
    return { status: 200, body: await issueTokenPair(session, await readClaims(session)) };
  },
  rateLimits.refresh,
);

serveEndpoint(apiAuth, calls.logOut, async ({ actor, req }) => {
  if (req.apiSession) await endApiSession(actor, req.apiSession);
  return { status: 204 };
});

serveEndpoint(
  apiAuth,
  calls.sendConfirmation,
  async ({ body }) => {
    await askAgain(body.email, []);
    return { status: 202, body: { message: mailNotice(body.email) } };
  },
  rateLimits.mails,
);

serveEndpoint(
  apiAuth,
  calls.confirm,
  async ({ actor, body }) => {
    const user = await confirmRegistration(actor, body);
    if (user === "wrong-password")
      throw new Unprocessable([{ pointer: "#/password", detail: "Send the password used to sign up." }]);
    if (!user) throw new InvalidLink("/email-confirmation");
    const { id, username, email } = user;
    return {
      status: 200,
      body: { id, username, email, emailConfirmedAt: user.emailConfirmedAt?.toISOString() ?? null },
    };
  },
  rateLimits.links,
);

serveEndpoint(
  apiAuth,
  calls.requestReset,
  async ({ actor, body }) => {
    await askForReset(actor, body.email, []);
    return { status: 202, body: { message: mailNotice(body.email) } };
  },
  rateLimits.mails,
);

serveEndpoint(
  apiAuth,
  calls.resetPassword,
  async ({ actor, body: { token, password } }) => {
    const grant = await findReset(token);
    if (grant) assertPasswordPolicy(password, getPasswordOwner(grant.user));
    if (grant && (await resetPassword(actor, grant, password, null))) return { status: 204 };
    if (await isSpentReset(token))
      throw new Conflict("This link has already set a new password. Log in with that one.");
    throw new InvalidLink("/password-reset");
  },
  rateLimits.links,
);
