import { z } from "zod";
import { onceKeyField, reason } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that starts impersonation of a user. */
export const impersonationForm = defineForm(z.strictObject({ reason, once: onceKeyField }));
