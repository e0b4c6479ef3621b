import { z } from "zod";
import { reason } from "../fields.js";
import { defineForm } from "../form.js";

/** Why somebody is locked out. */
export const disableUserForm = defineForm(z.strictObject({ reason }));
