import { z } from "zod";
import { reauthenticateSchema } from "../../auth/reauthenticate.js";
import { defineEndpoint } from "../endpoint.js";
import { tokensResponse } from "../responses.js";
import { factorShape, hasOneCode, tooManyCodes, toTypedCode } from "./second-factor.js";

const body = reauthenticateSchema
  .extend(factorShape)
  .refine(hasOneCode, tooManyCodes)
  .transform(({ password, ...codes }) => ({ password, code: toTypedCode(codes) }))
  .meta({ override: { examples: [{ password: "…" }] } });

export const reauthenticationEndpoints = {
  confirm: defineEndpoint({
    method: "post",
    path: "/users/me/reauthentication",
    group: "Own account",
    about: "Confirm your password",
    details:
      "If the account has a second factor, send `otp` or `recovery_code` too. Returns an access token for the calls that require a recent login; they accept it for ten minutes, and all others until it expires. The earlier tokens of this login stay valid, and refreshing them does not make the login recent.",
    who: "person",
    scope: null,
    body,
    answers: {
      200: tokensResponse
        .pick({ access_token: true, token_type: true, expires_in: true })
        .extend({ recent_for: z.int().meta({ description: "How long the login counts as recent, in seconds" }) })
        .meta({ id: "AccessToken", description: "An access token with a recent login" }),
    },
  }),
};
