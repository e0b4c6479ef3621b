import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

/** The password once more, before something that matters. */
export const reauthenticateForm = defineForm(z.strictObject({ password }), { secrets: ["password"] });
