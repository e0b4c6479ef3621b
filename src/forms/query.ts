import type { z } from "zod";
import { defineForm, type Form } from "./form.js";

/** What an address may ask for. */

/** Every page whose address may ask for something, such as a page of a list: test/routes/queries.test.ts walks them all. */
export const queries = new Map<string, { names: string[]; isStrict: boolean }>();

/** The place in a list: links write it, no form has a field for it. */
const places = ["page", "before", "after", "list"];

/**
 * What the address of a page may ask for. What makes no sense is never dropped: the answer would be wider than the question
 * (docs/decisions/0031-page-queries.md). An empty value asks for nothing, as browsers send it for an empty field.
 *
 * /admin/users?rol=admin       refused: admins act on what a list shows, so each name must be known
 * /posts?page=2&utm_source=x   page 2: links to pages are shared, and others add names to them
 * /posts?page=abc              refused by both kinds
 */
export function defineQuery<Schema extends z.ZodObject>(address: string, schema: Schema) {
  const names = Object.keys(schema.shape);
  const isStrict = address.startsWith("/admin/");
  const form = defineForm(schema);
  queries.set(address, { names, isStrict });
  return {
    isStrict,
    blank: form.blank,
    reject: form.reject,

    /** What is asked for, as clean data; or its form with what was typed and what is wrong. */
    parse(asked: object): { ok: true; data: z.output<Schema> } | { ok: false; form: Form } {
      const given = Object.entries(asked).filter(([name, value]) => (names.includes(name) ? value !== "" : isStrict));
      const result = schema.strict().safeParse(Object.fromEntries(given));
      if (result.success) return { ok: true, data: result.data as z.output<Schema> };
      const typed = given.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
      const { fields } = form.blank(Object.fromEntries(typed));
      return { ok: false, form: withErrors(fields, result.error) };
    },
  };
}

/** One message for each name. Names without a field of their own are named in it. */
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
