import { z } from "zod";
import { beforeId } from "../fields.js";
import { defineQuery } from "../query.js";

const day = z
  .string("Enter a date.")
  .trim()
  .refine((value) => value === "" || isDay(value), "Enter a date like 2026-11-24.")
  .default("");

function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return (
    /^(19[7-9]|20\d)\d-\d\d-\d\d$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
  );
}

/** The filters of the audit log. @param events the names of all events */
export const auditLogQuery = (events: readonly string[]) =>
  defineQuery(
    "/admin/audit-log",
    z
      .strictObject({
        person: z.string("Enter one username or ID.").trim().max(100, "This username is too long.").default(""),
        event: z.enum(["", ...events], "Select an event from the list.").default(""),
        from: day,
        to: day,
        before: beforeId,
      })
      .refine(({ from, to }) => !from || !to || from <= to, {
        path: ["to"],
        message: "The end date must not be before the start date.",
      }),
  );
