import { z } from "zod";
import { email, newPassword, password, username } from "../fields.js";
import { withPasswordPolicy } from "../password-policy.js";
import { defineEndpoint } from "./endpoint.js";
import { tokensResponse, userResponse } from "./responses.js";

const group = "Auth";
const common = { group, method: "post", who: "anyone", scope: null } as const;

/** A username for a lookup: usernames have no @, so it cannot be an email. */
const name = z
  .string("Enter your username.")
  .trim()
  .regex(/^[^@]{1,100}$/, "Enter your username.");

/** Login credentials: an email or a username. */
const credentials = z
  .strictObject({ email: email.optional(), username: name.optional(), password })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    path: ["email"],
    error: "Send your email or your username, one of them.",
  })
  .transform(({ email, username = "", password }) => ({ login: email ?? username, password }))
  .meta({ override: { examples: [{ username: "ada", password: "…" }] } });

export const authEndpoints = {
  register: defineEndpoint({
    ...common,
    path: "/auth/register",
    about: "Open an account",
    details:
      "A mail with a link to confirm the address goes out; until it is confirmed the username is kept for a day. The answer is the same whether or not the address has an account.",
    body: withPasswordPolicy(z.strictObject({ username, email, password: newPassword })),
    answers: { 201: userResponse.pick({ id: true, username: true, email: true, createdAt: true }) },
    refusals: { 403: "Nobody opens an account here by themselves." },
  }),
  logIn: defineEndpoint({
    ...common,
    path: "/auth/login",
    about: "Log in",
    details: "Answers an access token for the other calls and a refresh token, good once, for the next pair.",
    body: credentials,
    answers: { 200: tokensResponse },
    refusals: {
      401: "These do not match an account.",
      403: "The password is right, and the account is disabled, or its address is not confirmed yet.",
    },
  }),
  refresh: defineEndpoint({
    ...common,
    path: "/auth/refresh",
    about: "Get a new pair of tokens",
    details:
      "The refresh token is used up. One that comes a second time ends the login that it belongs to: somebody has a copy.",
    body: z.strictObject({ refresh_token: z.string("Send the refresh token.").min(1).max(2_000) }),
    answers: { 200: tokensResponse },
    refusals: { 401: "The token is not good, or was used before." },
  }),
  logOut: defineEndpoint({
    ...common,
    who: "person",
    path: "/auth/logout",
    about: "Log out",
    details: "The access token and the refresh token are worth nothing from now on.",
    answers: { 204: null },
  }),
  sendConfirmation: defineEndpoint({
    ...common,
    path: "/auth/send-confirmation",
    about: "Mail the link that confirms an address once more",
    details: "The answer is the same whether or not there is such an account.",
    body: z.strictObject({ email }),
    answers: { 202: z.object({ message: z.string() }) },
  }),
  confirm: defineEndpoint({
    ...common,
    path: "/auth/confirm",
    about: "Confirm an address",
    details:
      "The token alone is enough for the program that signed up: it asks from the same IP address with the same User-Agent. Others send the password of the sign-up too.",
    body: z.strictObject({
      token: z.string("Send the token from the link in the mail.").min(1).max(200),
      password: password.optional(),
    }),
    answers: { 200: userResponse.pick({ id: true, username: true, email: true, emailConfirmedAt: true }) },
    refusals: { 404: "The link does not work any more." },
  }),
};
