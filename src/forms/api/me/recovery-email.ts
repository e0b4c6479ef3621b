import { z } from "zod";
import { recoveryEmailSchema } from "../../account/recovery-email.js";
import { defineEndpoint } from "../endpoint.js";
import { emailSchema, textSchema } from "../responses.js";

const common = { path: "/users/me/recovery-email", group: "Own account", who: "member", scope: null } as const;

export const recoveryEmailEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    about: "Read your recovery email address and a pending one",
    isResource: true,
    answers: {
      200: z.object({
        recoveryEmail: emailSchema.nullable().meta({ description: "The confirmed address, or null" }),
        pending: emailSchema.nullable().meta({ description: "The address that is not confirmed yet, or null" }),
      }),
    },
  }),
  request: defineEndpoint({
    ...common,
    method: "post",
    about: "Request a recovery email address",
    details:
      "Sends a link to the address, which confirms it. The response is the same whether or not the address has an account. An account has one recovery email address: to replace it, remove it first.",
    body: recoveryEmailSchema,
    answers: { 202: z.object({ message: textSchema }) },
  }),
  remove: defineEndpoint({
    ...common,
    method: "delete",
    about: "Remove your recovery email address, or cancel a pending one",
    isConditional: true,
    answers: { 204: null },
  }),
};
