import { z } from "zod";
import { defineEndpoint } from "../endpoint.js";

const common = { path: "/users/me/notifications", group: "Own account", who: "member", isResource: true } as const;

const notifications = z
  .object({ comments: z.boolean().meta({ description: "About comments on your posts" }) })
  .meta({ id: "Notifications", description: "The emails that you get and can turn off" });

export const notificationEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    about: "Read which emails you get",
    scope: "account.read",
    answers: { 200: notifications },
  }),
  change: defineEndpoint({
    ...common,
    method: "patch",
    about: "Turn emails on or off",
    scope: "account.edit",
    body: z.strictObject({ comments: z.boolean("Send true or false.") }),
    answers: { 200: notifications },
    isConditional: true,
  }),
};
