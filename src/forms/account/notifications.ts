import { z } from "zod";
import { tick } from "../fields.js";
import { defineForm } from "../form.js";

/** The emails that a user can turn off. */
export const notificationsForm = defineForm(z.strictObject({ comments: tick }));
