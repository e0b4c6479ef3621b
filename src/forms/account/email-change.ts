import { z } from "zod";
import { email, onceKeyField, password } from "../fields.js";
import { defineForm } from "../form.js";

/** Asks for another address; the password shows that it is the owner who asks. */
export const emailForm = defineForm(z.strictObject({ email, currentPassword: password, once: onceKeyField }), {
  secrets: ["currentPassword"],
});
