import { z } from "zod";
import { passkeyPurposes } from "../../definitions/factors/passkeys.js";
import { line, tick } from "../fields.js";
import { defineForm } from "../form.js";
import { registerShape } from "./register.js";

const LONGEST_CREDENTIAL = 16_000;
const missing = "Your browser didn't send a passkey. Try again.";

/** A credential as browsers write it (PublicKeyCredential.toJSON), in a form field. */
const credential = z
  .string(missing)
  .max(LONGEST_CREDENTIAL, missing)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: missing });
      return z.NEVER;
    }
  });

/** The request for a challenge. Before a registration it has the typed fields, so that no passkey is created in vain. */
export const passkeyOptionsForm = defineForm(
  z.strictObject({ purpose: z.enum(passkeyPurposes), ...z.object(registerShape).partial().shape }),
);

/** The form that opens an account with a passkey instead of a password. */
export const passkeyRegisterForm = defineForm(z.strictObject({ ...registerShape, credential }), {
  secrets: ["credential"],
});

/** The use of a passkey: at login, as the second factor, or to reauthenticate. */
export const usePasskeyForm = defineForm(z.strictObject({ credential, remember: tick, trust: tick }), {
  secrets: ["credential"],
});

/** The name of a passkey. Empty for the name of the device. */
const name = line("the name", 60);

/** A new passkey. */
export const newPasskeyForm = defineForm(z.strictObject({ name, credential }), { secrets: ["credential"] });

/** The form that renames a passkey. */
export const passkeyNameForm = defineForm(z.strictObject({ name }));
