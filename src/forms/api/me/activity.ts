import { z } from "zod";
import { defineEndpoint } from "../endpoint.js";
import { listQuery } from "../pagination.js";
import { idSchema, textSchema, timeSchema } from "../responses.js";

const event = z
  .object({
    id: idSchema,
    event: textSchema.meta({ description: "Name of the event", examples: ["password.changed"] }),
    at: timeSchema,
    text: textSchema.meta({ description: "What happened, as a sentence" }),
    about: textSchema.nullable().meta({ description: "A title, a name or a reason that belongs to it" }),
    by: textSchema.nullable().meta({ description: "Username of an administrator who acted as you" }),
    device: textSchema.nullable().meta({ description: "Your browser or program; null if someone else did it" }),
    ip: textSchema.nullable(),
    apiToken: textSchema.nullable().meta({ description: "Your API token that did it" }),
  })
  .meta({ id: "Activity", description: "Something that happened to your account" });

export const activityEndpoints = {
  list: defineEndpoint({
    method: "get",
    path: "/users/me/activity",
    group: "Own account",
    about: "List what happened to your account, newest first",
    who: "member",
    scope: null,
    query: z.object({
      limit: listQuery.limit,
      cursor: idSchema.optional().meta({ description: "`next` from the previous page" }),
    }),
    answers: {
      200: z.object({
        data: z.array(event),
        limit: z.int(),
        next: textSchema.nullable().meta({ description: "Cursor of the next page; null on the last page" }),
      }),
    },
  }),
};
