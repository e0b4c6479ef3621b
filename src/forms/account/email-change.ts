import { z } from "zod";
import { email, onceKeyField, password } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that requests a change of email. The password proves that the owner sent it. */
export const emailChangeSchema = z.strictObject({ email, currentPassword: password });
export const emailForm = defineForm(emailChangeSchema.extend({ once: onceKeyField }), { secrets: ["currentPassword"] });
