import { z } from "zod";
import { email, onceKeyField, password } from "../fields.js";
import { defineForm } from "../form.js";

/** Requests a change of email; the password proves that the owner requests it. */
export const emailChangeSchema = z.strictObject({ email, currentPassword: password });
export const emailForm = defineForm(emailChangeSchema.extend({ once: onceKeyField }), { secrets: ["currentPassword"] });
