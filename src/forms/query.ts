import type { z } from "zod";
import { defineForm, type Form } from "./form.js";

/** All pages with a query, such as list pages. test/routes/queries.test.ts tests each of them. */
export const queries = new Map<string, { names: string[]; isStrict: boolean }>();

/** Names for a position in a list. Only links set them, so they have no form field. */
const places = ["page", "before", "after", "list"];

/**
 * Defines the query of a page. An invalid value is never ignored, because the page would then show more than was asked
 * for (docs/decisions/0031-page-queries.md). Empty values are ignored, because browsers send them for empty fields.
 *
 *   /admin/users?rol=admin       refused: admins act on what a list shows, so every name must be known
 *   /posts?page=2&utm_source=x   page 2: users share links to pages, and other sites add parameters to them
 *   /posts?page=abc              refused on all pages
 */
export function defineQuery<Schema extends z.ZodObject>(address: string, schema: Schema) {
  const names = Object.keys(schema.shape);
  const isStrict = address.startsWith("/admin/");
  const form = defineForm(schema);
  const strict = schema.strict(); // made once: Zod compiles a schema when it is first used
  queries.set(address, { names, isStrict });
  return {
    isStrict,
    blank: form.blank,
    reject: form.reject,

    /** Validates the query. Returns the data, or the form with the typed values and errors. */
    parse(asked: object): { ok: true; data: z.output<Schema> } | { ok: false; form: Form } {
      const given = Object.entries(asked).filter(([name, value]) => (names.includes(name) ? value !== "" : isStrict));
      const result = strict.safeParse(Object.fromEntries(given));
      if (result.success) return { ok: true, data: result.data as z.output<Schema> };
      const typed = given.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
      const { fields } = form.blank(Object.fromEntries(typed));
      return { ok: false, form: withErrors(fields, result.error) };
    },
  };
}

/** Adds one message for each name. The message mentions the name if the form has no field for it. */
function withErrors(fields: Form["fields"], error: z.ZodError): Form {
  const messages = new Map<string, string>();
  const note = (name: string, message: string) => messages.set(name, messages.get(name) ?? message);
  for (const issue of error.issues) {
    if (issue.code !== "unrecognized_keys") note(String(issue.path[0]), issue.message);
    else for (const name of issue.keys) note(name, "This page doesn't support this filter.");
  }
  const hasField = (name: string) => Object.hasOwn(fields, name) && !places.includes(name);
  const errors = [...messages].slice(0, 20).map(([name, message]) => ({
    field: hasField(name) ? name : null,
    message: hasField(name) ? message : `“${name.slice(0, 100)}”: ${message}`,
  }));
  const drawn = Object.values(fields).map((field) => ({ ...field, error: messages.get(field.name) ?? null }));
  return { fields: Object.fromEntries(drawn.map((field) => [field.name, field])), errors };
}
