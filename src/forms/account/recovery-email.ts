import { z } from "zod";
import { email, onceKeyField } from "../fields.js";
import { defineOwnerForm, maybeCurrentPassword } from "./owner-form.js";

/** The form that requests a recovery email. The password proves that the owner sent it. */
export const recoveryEmailForm = defineOwnerForm({ email, once: onceKeyField });
export const recoveryEmailSchema = z.strictObject({ email, ...maybeCurrentPassword });
