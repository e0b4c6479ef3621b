import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that asks for the password before a sensitive action. */
export const reauthenticateSchema = z.strictObject({ password });
export const reauthenticateForm = defineForm(reauthenticateSchema, { secrets: ["password"] });
