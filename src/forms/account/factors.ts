import { z } from "zod";
import { authenticatorCode } from "../auth/second-factor.js";
import { defineForm } from "../form.js";

/** The code that proves that an authenticator app has the key. */
export const authenticatorForm = defineForm(z.strictObject({ code: authenticatorCode }), { secrets: ["code"] });
