import { Router } from "express";
import { config } from "../../config/index.js";
import { DeadLink, Forbidden, RegistrationClosed } from "../../errors.js";
import { auth as calls } from "../../forms/api/auth.js";
import { askAgain } from "../../services/account/email-confirmation.js";
import { register } from "../../services/account/register/register.js";
import { confirm } from "../../services/api/email-confirmation.js";
import { logIn, logOut, refresh } from "../../services/api/sessions.js";
import { mailNotice } from "../../services/mail-limits.js";
import { Unauthorized, Unprocessable } from "../../web/api/errors.js";
import { pairFor, readRefreshToken } from "../../web/api/token-pairs.js";
import { limits } from "../../web/rate-limits.js";
import { serve } from "./endpoint.js";

export const auth = Router();

serve(
  auth,
  calls.register,
  async ({ actor, body }) => {
    if (config.registration !== "open") throw new RegistrationClosed(config.registration);
    const user = await register(actor, body);
    if (!user) throw new Unprocessable([{ pointer: "#/username", detail: "This username is taken. Choose another." }]);
    const { id, username, email, createdAt } = user;
    return { status: 201, body: { id, username, email, createdAt: createdAt.toISOString() } };
  },
  limits.register,
);

serve(
  auth,
  calls.logIn,
  async ({ actor, body }) => {
    const session = await logIn(actor, body, config.jwtRefreshMs);
    if (session === "disabled") throw new Forbidden("This account is disabled.");
    if (session === "unconfirmed") throw new Forbidden("Confirm your address first: open the link in the mail.");
    if (!session) throw new Unauthorized("These do not match an account.", "");
    return { status: 200, body: await pairFor(session) };
  },
  limits.login,
);

serve(
  auth,
  calls.refresh,
  async ({ actor, body }) => {
    const claims = await readRefreshToken(body.refresh_token);
    const session = claims && (await refresh(actor, claims));
    if (!session) throw new Unauthorized("This refresh token is not good any more: log in.");
    return { status: 200, body: await pairFor(session) };
  },
  limits.refresh,
);

serve(auth, calls.logOut, async ({ actor, req }) => {
  if (req.apiSession) await logOut(actor, req.apiSession);
  return { status: 204 };
});

serve(
  auth,
  calls.sendConfirmation,
  async ({ body }) => {
    await askAgain(body.email, []);
    return { status: 202, body: { message: mailNotice(body.email) } };
  },
  limits.mails,
);

serve(
  auth,
  calls.confirm,
  async ({ actor, body }) => {
    const user = await confirm(actor, body);
    if (user === "wrong-password")
      throw new Unprocessable([{ pointer: "#/password", detail: "Send the password of the sign-up." }]);
    if (!user) throw new DeadLink("/email-confirmation");
    const { id, username, email } = user;
    return {
      status: 200,
      body: { id, username, email, emailConfirmedAt: user.emailConfirmedAt?.toISOString() ?? null },
    };
  },
  limits.links,
);
