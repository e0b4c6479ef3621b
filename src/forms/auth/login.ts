import { z } from "zod";
import { login, password, tick } from "../fields.js";
import { defineForm } from "../form.js";

export const loginForm = defineForm(z.strictObject({ login, password, remember: tick }), { secrets: ["password"] });
export type Credentials = z.output<typeof loginForm.schema>;
