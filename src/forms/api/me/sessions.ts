import { z } from "zod";
import { deviceName } from "../../fields.js";
import { defineEndpoint } from "../endpoint.js";
import { idSchema, textSchema, timeSchema } from "../responses.js";

const path = "/users/me/sessions";
const common = { group: "Own account", who: "member", scope: null } as const;

const session = z
  .object({
    handle: idSchema.nullable().meta({ description: "Null if this session can't be ended on its own" }),
    kind: z.enum(["browser", "program"]),
    current: z.boolean().meta({ description: "True for the login that makes this call" }),
    remembered: z.boolean().meta({ description: 'True for a browser with "keep me logged in"' }),
    trustedUntil: timeSchema.nullable().meta({
      description:
        "Logins with this browser skip the second factor until this time. The browser may have no session at the moment.",
    }),
    name: textSchema.meta({ description: "The name that you gave the device; empty if none" }),
    description: textSchema.meta({ description: "The browser or the program, as it describes itself" }),
    ip: textSchema,
    loggedInAt: timeSchema,
    lastSeenAt: timeSchema,
  })
  .meta({ id: "Session", description: "A browser or a program that is logged in" });

export const sessionEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path,
    about: "List your devices and sessions",
    details:
      "Browsers that are logged in, remembered or trusted, and logins of programs; this login first, then last seen first.",
    answers: { 200: z.object({ data: z.array(session) }) },
  }),
  endOthers: defineEndpoint({
    ...common,
    method: "delete",
    path,
    about: "Log out all other devices",
    details: "Ends all other sessions. API tokens stay valid.",
    answers: { 204: null },
  }),
  name: defineEndpoint({
    ...common,
    method: "patch",
    path: `${path}/:handle`,
    about: "Name a device",
    details: "An empty name removes the name.",
    params: z.object({ handle: idSchema }),
    body: z.strictObject({ name: deviceName }).meta({ examples: [{ name: "Laptop in the kitchen" }] }),
    answers: { 200: session },
    refusals: { 409: "Only browsers have a name, not programs." },
  }),
  end: defineEndpoint({
    ...common,
    method: "delete",
    path: `${path}/:handle`,
    about: "Log out a device",
    details: "If it is this login, its tokens become invalid.",
    params: z.object({ handle: idSchema }),
    answers: { 204: null },
  }),
};
