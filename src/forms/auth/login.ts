import { z } from "zod";
import { password, tick, usernameOrEmail } from "../fields.js";
import { defineForm } from "../form.js";

export const loginForm = defineForm(z.strictObject({ login: usernameOrEmail, password, remember: tick }), {
  secrets: ["password"],
});
export type Credentials = z.output<typeof loginForm.schema>;
