import { z } from "zod";
import { onceKeyField } from "./fields.js";
import { defineForm } from "./form.js";

/** A form with nothing but a button. */
export const buttonForm = defineForm(z.strictObject({}));

/** A button that acts only once, even if it is pressed several times. */
export const onceForm = defineForm(z.strictObject({ once: onceKeyField }));

/** Returns the once key that such a button sent. */
export function readOnceKey(body: unknown): string | undefined {
  const input = onceForm.parse(body);
  return input.ok ? input.data.once : undefined;
}
