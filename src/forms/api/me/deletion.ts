import { z } from "zod";
import { deletionSchema } from "../../account/deletion.js";
import { defineEndpoint } from "../endpoint.js";
import { timeSchema } from "../responses.js";

const common = { path: "/users/me/deletion", group: "Own account", who: "member", scope: null } as const;

const deletion = z
  .object({
    deletionDueAt: timeSchema.nullable().meta({ description: "When the account will be deleted, or null" }),
    posts: z.enum(["keep", "remove"]).nullable().meta({ description: "What happens to your posts" }),
  })
  .meta({ id: "Deletion", description: "The scheduled deletion of your account" });

export const deletionEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    about: "Read whether your account will be deleted",
    isResource: true,
    answers: { 200: deletion },
  }),
  schedule: defineEndpoint({
    ...common,
    method: "post",
    about: "Schedule the deletion of your account",
    details:
      "Schedules your account to be deleted in 14 days, as `DELETE /users/me` does. Ends all other sessions; this one stays, so that you can cancel. An earlier schedule stays as it is.",
    body: deletionSchema,
    answers: { 202: deletion },
    isResource: true,
    isConditional: true,
    refusals: { 409: "You're the only superadmin. Make someone else a superadmin first." },
  }),
  cancel: defineEndpoint({
    ...common,
    method: "delete",
    about: "Cancel the deletion of your account",
    isConditional: true,
    answers: { 204: null },
  }),
};
