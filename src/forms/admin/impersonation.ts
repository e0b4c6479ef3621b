import { z } from "zod";
import { onceKeyField, reason } from "../fields.js";
import { defineForm } from "../form.js";

/** Why an admin acts as somebody. */
export const impersonationForm = defineForm(z.strictObject({ reason, once: onceKeyField }));
