import { z } from "zod";
import { email, onceKeyField, password } from "../fields.js";
import { defineForm } from "../form.js";

/** Requests a change of email; the password proves that the owner requests it. */
export const emailForm = defineForm(z.strictObject({ email, currentPassword: password, once: onceKeyField }), {
  secrets: ["currentPassword"],
});
