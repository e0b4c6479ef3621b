import { z } from "zod";
import { defineForm } from "../form.js";

const day = z
  .string("Enter one day.")
  .trim()
  .refine((value) => value === "" || isDay(value), "Enter a day like 2026-11-24.")
  .default("");

function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return (
    /^(19[7-9]|20\d)\d-\d\d-\d\d$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
  );
}

/** What is looked for in the audit log. @param events the names of everything that can happen */
export const auditLogForm = (events: readonly string[]) =>
  defineForm(
    z
      .strictObject({
        person: z.string("Enter one name.").trim().max(100, "No name is that long.").default(""),
        event: z.enum(["", ...events], "Choose one of these.").default(""),
        from: day,
        to: day,
      })
      .refine(({ from, to }) => !from || !to || from <= to, { path: ["to"], message: "This is before the first day." }),
  );
