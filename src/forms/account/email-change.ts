import { z } from "zod";
import { email, onceKeyField } from "../fields.js";
import { defineOwnerForm, maybeCurrentPassword } from "./owner-form.js";

/** The form that requests a change of email. The password proves that the owner sent it. */
export const emailForm = defineOwnerForm({ email, once: onceKeyField });
export const emailChangeSchema = z.strictObject({ email, ...maybeCurrentPassword });
