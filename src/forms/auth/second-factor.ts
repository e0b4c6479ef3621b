import { z } from "zod";
import { normalizeRecoveryCode } from "../../lib/factors/recovery-codes.js";
import { tick } from "../fields.js";
import { defineForm } from "../form.js";

/** The code of an authenticator app. Apps show it with a space, so users paste it with one. */
export const authenticatorCode = z
  .string("Enter the code from your app.")
  .max(100, "Enter the six digits that your app shows.")
  .transform((typed) => typed.replace(/\s/gu, ""))
  .pipe(z.string().regex(/^\d{6}$/, "Enter the six digits that your app shows."));

/** A recovery code, with or without hyphens, in upper or lower case. */
export const recoveryCode = z
  .string("Enter a recovery code.")
  .max(100, "Enter one recovery code, such as ABCD-EFGH-IJKL-MNOP-QRST-UVWX.")
  .transform(normalizeRecoveryCode)
  .pipe(z.string().regex(/^[A-Z2-7]{24}$/, "Enter one recovery code, such as ABCD-EFGH-IJKL-MNOP-QRST-UVWX."));

/** The second step of a login. `trust` lets the next logins with this browser skip it. */
export const secondFactorForm = defineForm(z.strictObject({ code: authenticatorCode, trust: tick }), {
  secrets: ["code"],
});

export const recoveryForm = defineForm(z.strictObject({ recoveryCode }), { secrets: ["recoveryCode"] });
