import { z } from "zod";
import { onceKeyField } from "./fields.js";
import { defineForm } from "./form.js";

/** A form that is nothing but its button. */
export const buttonForm = defineForm(z.strictObject({}));

/** A button that asks for something to be done once, however often it is pressed. */
export const onceForm = defineForm(z.strictObject({ once: onceKeyField }));

/** The key that came with such a button. */
export function readOnceKey(body: unknown): string | undefined {
  const input = onceForm.parse(body);
  return input.ok ? input.data.once : undefined;
}
