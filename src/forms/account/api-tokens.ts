import { z } from "zod";
import { scopes } from "../../definitions/scopes.js";
import { many, onceKeyField, tokenDescription } from "../fields.js";
import { defineForm } from "../form.js";

const NOTHING = "Select at least one permission.";
export const scope = z.enum(scopes, "Select permissions from the list.");
const days = "Choose how long it lasts: 1 to 365 days.";
/** Lifetime of a token in days. */
export const lasting = z.number(days).int(days).min(1, days).max(365, days);

/** The form that creates an API token. */
export const tokenForm = defineForm(
  z.strictObject({
    description: tokenDescription,
    scopes: many(scope, scopes.length, NOTHING).refine((chosen) => chosen.length > 0, NOTHING),
    expiresInDays: z
      .string(days)
      .regex(/^\d{1,3}$/, days)
      .transform(Number)
      .pipe(lasting),
    once: onceKeyField,
  }),
);
export type TokenData = { description: string; scopes: z.output<typeof scope>[]; expiresInDays: number };
