import type { z } from "zod";
import { isOnceKey, newOnceKey } from "../lib/once-keys.js";

/** A field as a view draws it: what was typed, and what is wrong with it. */
export type Field = {
  name: string;
  value: string;
  /** What was chosen, where a field may have several values. */
  values?: string[];
  error: string | null;
};

/** A form as a view draws it, new or sent back. */
export type Form = { fields: Record<string, Field>; errors: { field: string | null; message: string }[] };

/** Forms that make something have a key in a field of this name, which they keep when they are drawn again. */
const ONCE = "once";

type Errors = Record<string, string>;

/**
 * The one way in for data: strings checked by a schema, with messages for people.
 * @param schema a strict object: every field it does not name is refused (ASVS V15.3.3)
 * @param options.secrets fields whose value is never drawn again
 */
export function defineForm<Schema extends z.ZodObject>(schema: Schema, options: { secrets?: string[] } = {}) {
  const names = Object.keys(schema.shape);

  const draw = (values: Record<string, unknown>, errors: Errors): Form => ({
    fields: Object.fromEntries(names.map((name) => [name, drawField(name, values, errors, options.secrets)])),
    errors: [...names, ""]
      .filter((name) => errors[name])
      .map((name) => ({ field: name || null, message: errors[name] ?? "" })),
  });

  return {
    schema,

    /** The form as it is first drawn, with these values in it. */
    blank: (values: Record<string, unknown> = {}) => draw(values, {}),

    /** What was sent, as clean data; or the form again with what was typed and what is wrong. */
    parse(body: unknown): { ok: true; data: z.output<Schema> } | { ok: false; form: Form } {
      const { _csrf, ...values } = (body ?? {}) as Record<string, unknown>;
      const result = schema.safeParse(values);
      if (result.success) return { ok: true, data: result.data };
      return { ok: false, form: draw(values, firstMessages(result.error, names)) };
    },

    /** The form again with errors that only came out later, such as a name that is taken; "" is the whole form. */
    reject: (body: unknown, errors: Errors) => draw((body ?? {}) as Record<string, unknown>, errors),
  };
}

function drawField(name: string, values: Record<string, unknown>, errors: Errors, secrets: string[] = []): Field {
  const value = name === ONCE && !isOnceKey(values[name]) ? newOnceKey() : values[name];
  const drawn = { name, value: "", error: errors[name] ?? null };
  if (secrets.includes(name)) return drawn;
  if (Array.isArray(value)) return { ...drawn, values: value.filter((one) => typeof one === "string") };
  return { ...drawn, value: typeof value === "string" ? value : "" };
}

/** One message a field: the first. What belongs to no field of the form is told of the whole form. */
function firstMessages(error: z.ZodError, names: string[]): Errors {
  const messages: Errors = {};
  for (const issue of error.issues) {
    const name = String(issue.path[0] ?? "");
    const known = names.includes(name);
    messages[known ? name : ""] ??= known
      ? issue.message
      : "This form was sent with something that does not belong in it.";
  }
  return messages;
}
