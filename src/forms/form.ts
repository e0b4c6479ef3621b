import type { z } from "zod";
import { isSecretField } from "../definitions/secret-fields.js";
import { createOnceKey, isOnceKey } from "../lib/once-keys.js";
import { digest } from "../lib/secrets.js";

/** A field as a view gets it: the typed value and the error. */
export type Field = {
  name: string;
  value: string;
  /** All values, if the field can have several. */
  values?: string[];
  error: string | null;
};

/** A form as a view gets it: empty, with stored values, or with errors. */
export type Form = {
  fields: Record<string, Field>;
  errors: { field: string | null; message: string }[];
  /** Version of the stored values at the time of rendering. The browser sends it back with the form. */
  version?: string | undefined;
  /**
   * Current stored values of the fields for which the user typed something else. Set if the values changed in the
   * meantime.
   */
  stored?: Record<string, string | string[]>;
};

/** Field name of the once key. The key stays the same when a form is rendered again. */
const ONCE = "once";

type Errors = Record<string, string>;

/**
 * Defines a form. All input passes a form: strings that a schema validates, with error messages for users.
 * @param schema a strict object, which refuses unknown fields (ASVS V15.3.3)
 * @param options.secrets fields whose value is never rendered
 * @throws TypeError if `secrets` and definitions/secret-fields.ts disagree
 */
export function defineForm<Schema extends z.ZodObject>(schema: Schema, options: { secrets?: string[] } = {}) {
  const names = Object.keys(schema.shape);
  const unknown = names.find((name) => (options.secrets ?? []).includes(name) !== isSecretField(name));
  if (unknown)
    throw new TypeError(`"${unknown}": the option secrets and definitions/secret-fields.ts disagree about this field.`);

  const draw = (values: Record<string, unknown>, errors: Errors): Form => ({
    ...versioned(values),
    fields: Object.fromEntries(names.map((name) => [name, drawField(name, values, errors, options.secrets)])),
    errors: [...names, ""]
      .filter((name) => errors[name])
      .map((name) => ({ field: name || null, message: errors[name] ?? "" })),
  });

  return {
    schema,

    /** Returns a new form with these values. */
    blank: (values: Record<string, unknown> = {}) => draw(values, {}),

    /** Returns a form to edit stored values. `conflict` handles two users who edit at the same time. */
    stored(values: Record<string, unknown>): Form {
      const form = draw(values, {});
      return { ...form, version: getVersion(form) };
    },

    /**
     * Returns the form with the typed and the current values, if the stored values have changed since it was rendered.
     * Returns null if they have not changed, if the same values were typed, or if the client sent no version.
     * @param now from `stored`
     */
    conflict(body: unknown, now: Form): Form | null {
      const values = (body ?? {}) as Record<string, unknown>;
      const [seen, version] = [readVersion(values), getVersion(now)];
      const stored = differences(values, now);
      if (seen === undefined || seen === version || Object.keys(stored).length === 0) return null;
      return { ...draw(values, { "": CHANGED }), version, stored };
    },

    /** Validates the input. Returns the data, or the form with the typed values and errors. */
    parse(body: unknown): { ok: true; data: z.output<Schema> } | { ok: false; form: Form } {
      const { _csrf, _version, ...values } = (body ?? {}) as Record<string, unknown>;
      const result = schema.safeParse(values);
      if (result.success) return { ok: true, data: result.data };
      return { ok: false, form: draw({ ...values, _version }, firstMessages(result.error, names)) };
    },

    /**
     * Returns the form with errors found after validation, such as a taken username. The key "" stands for the whole
     * form, and so does the name of a field that the form does not have.
     */
    reject: (body: unknown, errors: Errors) => draw((body ?? {}) as Record<string, unknown>, toKnown(errors, names)),
  };
}

const CHANGED =
  "This was changed somewhere else while you were editing. Nothing was saved. Send the form again to replace the saved version with what you typed.";

/** Returns the version that the browser sent with a form. */
export function readVersion(body: unknown): string | undefined {
  const version = (body as { _version?: unknown } | null)?._version;
  return typeof version === "string" && version !== "" ? version : undefined;
}

const versioned = (body: unknown) => (readVersion(body) ? { version: readVersion(body) } : {});

const storedFields = ({ fields }: Form): Field[] => Object.values(fields).filter(({ name }) => name !== ONCE);

const getVersion = (form: Form): string =>
  digest(JSON.stringify(storedFields(form).map(({ name, value, values }) => [name, value, values]))).slice(0, 22);

/** Returns the stored values of the fields for which different values were sent. */
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

const toKnown = (errors: Errors, names: string[]): Errors =>
  Object.fromEntries(Object.entries(errors).map(([name, text]) => [names.includes(name) ? name : "", text]));

/** Returns the first message for each field. Errors of unknown fields count for the whole form. */
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
