import { z } from "zod";
import { tick } from "../fields.js";
import { defineForm } from "../form.js";

const typed = z.string().max(512).default("");

/** The data that the strength meter sends while the user types. */
export const passwordStrengthForm = defineForm(
  z.strictObject({ password: typed, username: typed, email: typed, secondFactor: tick }),
  { secrets: ["password"] },
);
