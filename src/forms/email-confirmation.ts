import { z } from "zod";
import { email } from "./fields.js";
import { defineForm } from "./form.js";

/** Asks for the confirmation link once more. */
export const emailConfirmationForm = defineForm(z.strictObject({ email }));
