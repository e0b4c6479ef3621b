import type { z } from "zod";
import { isSecretField } from "../definitions/secret-fields.js";
import { createOnceKey, isOnceKey } from "../lib/once-keys.js";
import { digest } from "../lib/secrets.js";

/** A field as a view draws it: what was typed, and what is wrong with it. */
export type Field = {
  name: string;
  value: string;
  /** What was chosen, where a field may have several values. */
  values?: string[];
  error: string | null;
};

/** A form as a view draws it, new or sent back. */
export type Form = {
  fields: Record<string, Field>;
  errors: { field: string | null; message: string }[];
  /** Names the stored values that the form was drawn from, where it was: it comes back with the form. */
  version?: string | undefined;
  /** What is stored now in the fields where something else was typed, if that changed meanwhile. */
  stored?: Record<string, string | string[]>;
};

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
  const unknown = names.find((name) => (options.secrets ?? []).includes(name) !== isSecretField(name));
  if (unknown)
    throw new TypeError(
      `"${unknown}": name secrets in definitions/secret-fields.ts, where all that draws forms finds them.`,
    );

  const draw = (values: Record<string, unknown>, errors: Errors): Form => ({
    ...versioned(values),
    fields: Object.fromEntries(names.map((name) => [name, drawField(name, values, errors, options.secrets)])),
    errors: [...names, ""]
      .filter((name) => errors[name])
      .map((name) => ({ field: name || null, message: errors[name] ?? "" })),
  });

  return {
    schema,

    /** The form as it is first drawn, with these values in it. */
    blank: (values: Record<string, unknown> = {}) => draw(values, {}),

    /** The form with values that are stored, for a user to change. Two users may do so at the same time: see `conflict`. */
    stored(values: Record<string, unknown>): Form {
      const form = draw(values, {});
      return { ...form, version: getVersion(form) };
    },

    /**
     * The form again, with what was typed and what is stored now, if the values it was drawn from are not those stored now.
     * Null when they are, when the same was typed, or when the client does not say what its form was drawn from.
     * @param now as `stored` draws it
     */
    conflict(body: unknown, now: Form): Form | null {
      const values = (body ?? {}) as Record<string, unknown>;
      const [seen, version] = [readVersion(values), getVersion(now)];
      const stored = differences(values, now);
      if (seen === undefined || seen === version || Object.keys(stored).length === 0) return null;
      return { ...draw(values, { "": CHANGED }), version, stored };
    },

    /** What was sent, as clean data; or the form again with what was typed and what is wrong. */
    parse(body: unknown): { ok: true; data: z.output<Schema> } | { ok: false; form: Form } {
      const { _csrf, _version, ...values } = (body ?? {}) as Record<string, unknown>;
      const result = schema.safeParse(values);
      if (result.success) return { ok: true, data: result.data };
      return { ok: false, form: draw({ ...values, _version }, firstMessages(result.error, names)) };
    },

    /** The form again with errors that only came out later, such as a name that is taken; "" is the whole form. */
    reject: (body: unknown, errors: Errors) => draw((body ?? {}) as Record<string, unknown>, errors),
  };
}

const CHANGED =
  "This was changed somewhere else while you were editing. Nothing was saved. Send the form again to replace the saved version with what you typed.";

/** The version that a form brings along. */
export function readVersion(body: unknown): string | undefined {
  const version = (body as { _version?: unknown } | null)?._version;
  return typeof version === "string" && version !== "" ? version : undefined;
}

const versioned = (body: unknown) => (readVersion(body) ? { version: readVersion(body) } : {});

const storedFields = ({ fields }: Form): Field[] => Object.values(fields).filter(({ name }) => name !== ONCE);

const getVersion = (form: Form): string =>
  digest(JSON.stringify(storedFields(form).map(({ name, value, values }) => [name, value, values]))).slice(0, 22);

/** The stored values of the fields in which something else was sent. */
function differences(sent: Record<string, unknown>, now: Form): Record<string, string | string[]> {
  const plain = (value: unknown) =>
    String(value ?? "")
      .replace(/\r\n?/g, "\n")
      .trim();
  const list = (value: unknown) => JSON.stringify([value ?? []].flat().toSorted());
  const isSame = ({ name, value, values }: Field) =>
    values ? list(sent[name]) === list(values) : name in sent ? plain(sent[name]) === plain(value) : true;
  const others = storedFields(now).filter((field) => !isSame(field));
  return Object.fromEntries(others.map(({ name, value, values }) => [name, values ?? value]));
}

function drawField(name: string, values: Record<string, unknown>, errors: Errors, secrets: string[] = []): Field {
  const value = name === ONCE && !isOnceKey(values[name]) ? createOnceKey() : values[name];
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
      : "The form contained an unexpected field. Reload the page and try again.";
  }
  return messages;
}
