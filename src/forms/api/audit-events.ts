import { z } from "zod";
import { dayHint, isDay } from "../admin/audit-log.js";
import { defineEndpoint } from "./endpoint.js";
import { cursorQuery, fieldsQuery, idCursor } from "./pagination.js";
import { createCursorListSchema, idSchema, textSchema, timeSchema } from "./responses.js";

const named = z
  .object({ id: idSchema, username: textSchema.nullable().meta({ description: "Null if the account was deleted" }) })
  .nullable();

const auditEvent = z
  .object({
    id: idSchema,
    event: textSchema.meta({ description: "The name of the event", examples: ["user.disabled"] }),
    description: textSchema.meta({ description: "The event, described in a sentence" }),
    at: timeSchema,
    user: named.meta({ description: "The user that it is about; null if there is none" }),
    actor: named.meta({ description: "The user who caused it; null if it was `user`, or no user" }),
    ip: textSchema.nullable(),
    userAgent: textSchema.nullable(),
    device: textSchema.nullable().meta({ description: "Browser and system, read from the User-Agent" }),
    requestId: textSchema.nullable().meta({ description: "Identifies the request in the log" }),
    details: z
      .record(z.string(), z.string())
      .meta({ description: "More about it, such as `role` and `domain` (an ID)" }),
  })
  .meta({ id: "AuditEvent", description: "What happened to an account, when, and who did it" });

const day = (what: string) =>
  z
    .string()
    .refine(isDay, dayHint)
    .optional()
    .meta({ format: "date", description: `${what} this day (UTC, included)`, examples: ["2026-11-24"] });

/** The audit log, for those who may read it on the whole site. */
export const auditEventEndpoints = {
  list: defineEndpoint({
    group: "Audit log",
    who: "member",
    scope: "audit.read",
    method: "get",
    path: "/audit-events",
    about: "List audit events, newest first",
    details: "Events are kept for 400 days. Roles in a single organization don't give access.",
    query: z
      .object({
        ...cursorQuery,
        cursor: idCursor,
        ...fieldsQuery(auditEvent),
        user: z
          .string()
          .regex(/^[\w-]{1,100}$/, "Send one username or ID.")
          .optional()
          .meta({ description: "Only events about or by the user with this username or ID", examples: ["ada"] }),
        event: z
          .string()
          .regex(/^[a-z.-]{1,50}$/, "Send the name of an event.")
          .optional()
          .meta({ description: "Only events with this name", examples: ["user.disabled"] }),
        from: day("Only from"),
        to: day("Only until"),
      })
      .refine(({ from, to }) => !from || !to || from <= to, {
        path: ["to"],
        error: "The end date must not be before the start date.",
      }),
    answers: { 200: createCursorListSchema(auditEvent) },
  }),
};
