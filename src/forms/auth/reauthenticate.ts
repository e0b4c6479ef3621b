import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that asks for the password before a sensitive action. */
export const reauthenticateForm = defineForm(z.strictObject({ password }), { secrets: ["password"] });
