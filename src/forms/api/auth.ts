import { z } from "zod";
import { changedPassword, email, newPassword, password, username } from "../fields.js";
import { withPasswordPolicy } from "../password-policy.js";
import { signUpFieldsShape } from "../profile-fields.js";
import { defineEndpoint } from "./endpoint.js";
import { factorShape, hasOneCode, tooManyCodes, toTypedCode } from "./me/second-factor.js";
import { tokensResponse, userResponse } from "./responses.js";

const group = "Auth";
const common = { group, method: "post", who: "anyone", scope: null } as const;

/** A username to look up. It cannot be an email, because usernames contain no @. */
const name = z
  .string("Enter your username.")
  .trim()
  .regex(/^[^@]{1,100}$/, "Enter your username.");

/** Login credentials: a password with either an email or a username, and the second factor if the account has one. */
const credentials = z
  .strictObject({ email: email.optional(), username: name.optional(), password, ...factorShape })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    path: ["email"],
    error: "Send either your email or your username.",
  })
  .refine(hasOneCode, tooManyCodes)
  .transform(({ email, username = "", password, ...codes }) => ({
    login: email ?? username,
    password,
    code: toTypedCode(codes),
  }))
  .meta({ override: { examples: [{ username: "ada", password: "…" }] } });

const linkToken = z.string("Send the token from the link in the email.").min(1).max(200);

export const authEndpoints = {
  register: defineEndpoint({
    ...common,
    path: "/auth/register",
    about: "Sign up",
    details:
      "Sends an email with a link to confirm the address. The username is reserved for a day until then. The response is the same whether or not the address has an account.",
    body: withPasswordPolicy(z.strictObject({ username, email, password: newPassword, ...signUpFieldsShape })),
    answers: { 201: userResponse.pick({ id: true, username: true, email: true, createdAt: true }) },
    refusals: { 403: "Registration isn't open." },
    isIdempotent: true,
  }),
  logIn: defineEndpoint({
    ...common,
    path: "/auth/login",
    about: "Log in",
    details:
      "Returns an access token for the other calls and a single-use refresh token for the next pair. If the account has a second factor, send `otp` or `recovery_code` too.",
    body: credentials,
    answers: { 200: tokensResponse },
    refusals: {
      401: "Incorrect email, username or password (`wrong-credentials`). Or they are correct, and the second factor is missing (`second-factor-required`) or wrong (`wrong-code`).",
      403: "The password is correct, but the account is disabled, its email address isn't confirmed yet, or a rule of this installation doesn't let the user log in now.",
    },
  }),
  refresh: defineEndpoint({
    ...common,
    path: "/auth/refresh",
    about: "Get a new pair of tokens",
    details: "Consumes the refresh token. Using it a second time ends its session, because it may have been copied.",
    body: z.strictObject({ refresh_token: z.string("Send the refresh token.").min(1).max(2_000) }),
    answers: { 200: tokensResponse },
    refusals: {
      401: "The token is invalid, has expired or was already used.",
      403: "A rule of this installation doesn't let the user log in now.",
    },
  }),
  logOut: defineEndpoint({
    ...common,
    who: "person",
    path: "/auth/logout",
    about: "Log out",
    details: "Invalidates the access token and the refresh token.",
    answers: { 204: null },
  }),
  sendConfirmation: defineEndpoint({
    ...common,
    path: "/auth/send-confirmation",
    about: "Resend the confirmation email",
    details: "The response is the same whether or not there is such an account.",
    body: z.strictObject({ email }),
    answers: { 202: z.object({ message: z.string() }) },
  }),
  confirm: defineEndpoint({
    ...common,
    path: "/auth/confirm",
    about: "Confirm an email address",
    details:
      "The token alone is enough for the program that signed up, recognized by its IP address and User-Agent. Others must also send the password used to sign up.",
    body: z.strictObject({
      token: linkToken,
      password: password.optional(),
    }),
    answers: { 200: userResponse.pick({ id: true, username: true, email: true, emailConfirmedAt: true }) },
    refusals: { 404: "The link is no longer valid." },
  }),
  requestReset: defineEndpoint({
    ...common,
    path: "/auth/password-reset",
    about: "Request a link to reset the password",
    details: "Sends an email. The response is the same whether or not there is such an account.",
    body: z.strictObject({ email }),
    answers: { 202: z.object({ message: z.string() }) },
  }),
  resetPassword: defineEndpoint({
    ...common,
    path: "/auth/password-reset/confirm",
    about: "Set a new password with a link from an email",
    details: "Ends all sessions and revokes all API tokens. It doesn't log you in. Log in with the new password.",
    body: z.strictObject({ token: linkToken, password: changedPassword }),
    answers: { 204: null },
    refusals: { 404: "The link is no longer valid.", 409: "The link has already set a new password." },
  }),
};
