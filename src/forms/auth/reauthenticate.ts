import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";
import { authenticatorCode, recoveryCode } from "./second-factor.js";

/** The form that asks for the password before a sensitive action. */
export const reauthenticateSchema = z.strictObject({ password });
export const reauthenticateForm = defineForm(reauthenticateSchema, { secrets: ["password"] });

/** The same for a user with an authenticator app. */
export const reauthenticateWithCodeForm = defineForm(reauthenticateSchema.extend({ code: authenticatorCode }), {
  secrets: ["password", "code"],
});

/** The same for a user whose only second factor is a passkey that is not at hand. */
export const reauthenticateWithRecoveryCodeForm = defineForm(reauthenticateSchema.extend({ recoveryCode }), {
  secrets: ["password", "recoveryCode"],
});
