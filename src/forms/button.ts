import { z } from "zod";
import { defineForm } from "./form.js";

/** A form that is nothing but its button. */
export const buttonForm = defineForm(z.strictObject({}));
