import { z } from "zod";
import { emailChangeSchema } from "../../account/email-change.js";
import { defineEndpoint } from "../endpoint.js";
import { emailSchema, textSchema } from "../responses.js";

const common = { path: "/users/me/email", group: "Own account", who: "member", scope: null } as const;

export const emailEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    about: "Read your email address and a pending change",
    isResource: true,
    answers: {
      200: z.object({
        email: emailSchema,
        pending: emailSchema.nullable().meta({ description: "The address that is not confirmed yet, or null" }),
      }),
    },
  }),
  request: defineEndpoint({
    ...common,
    method: "post",
    about: "Request a change of your email address",
    details:
      "Sends a link to the new address, which changes it and ends all sessions, and a link to the current one, which undoes that. The response is the same whether or not the new address has an account.",
    body: emailChangeSchema,
    answers: { 202: z.object({ message: textSchema }) },
  }),
  cancel: defineEndpoint({
    ...common,
    method: "delete",
    about: "Cancel a pending change of your email address",
    isConditional: true,
    answers: { 204: null },
  }),
};
