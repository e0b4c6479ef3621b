import { z } from "zod";
import { reason } from "../fields.js";
import { defineForm } from "../form.js";

/** Reason for disabling a user. */
export const disableUserForm = defineForm(z.strictObject({ reason }));
