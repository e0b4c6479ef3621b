import { z } from "zod";
import { login, password } from "./fields.js";
import { defineForm } from "./form.js";

export const loginForm = defineForm(z.strictObject({ login, password }), { secrets: ["password"] });
export type Credentials = z.output<typeof loginForm.schema>;
