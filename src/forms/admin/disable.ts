import { z } from "zod";
import { reason } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that disables a user. */
export const disableUserForm = defineForm(z.strictObject({ reason }));
