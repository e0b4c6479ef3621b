import { z } from "zod";
import { onceKeyField } from "./fields.js";
import { defineForm } from "./form.js";

/** A form that consists of a button. */
export const buttonForm = defineForm(z.strictObject({}));

/** A button that acts once, however often it is pressed. */
export const onceForm = defineForm(z.strictObject({ once: onceKeyField }));

/** Returns the once key of such a button. */
export function readOnceKey(body: unknown): string | undefined {
  const input = onceForm.parse(body);
  return input.ok ? input.data.once : undefined;
}
