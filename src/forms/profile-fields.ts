import type { z } from "zod";
import {
  fixedFieldNames,
  getFieldDefinition,
  managedFieldNames,
  type ProfileField,
  profileFieldNames,
  signUpFieldNames,
} from "../definitions/profile-fields.js";
import { getCountryName } from "../lib/text/countries.js";
import { isTimeZone } from "../lib/text/time-zones.js";
import { line } from "./text.js";

// The schemas of the profile fields, made from the table in definitions/profile-fields.ts. Who may send which field is
// decided here: a form or call that takes a shape from this file can't take more.

type Definition = ReturnType<typeof getFieldDefinition>;
type Line = ReturnType<typeof line>;
type Shape = Record<ProfileField, z.ZodOptional<z.ZodType<string, string>>>;

/** Rules for each kind of field. services/account/open.ts checks phone numbers, because they depend on the country. */
const kinds: Record<Definition["kind"], (text: Line) => z.ZodType<string, string>> = {
  line: (text) => text,
  phone: (text) => text,
  postalCode: (text) =>
    text.refine((code) => /^[\p{L}\p{N} -]*$/u.test(code), "Use letters, numbers, spaces and hyphens."),
  country: (text) =>
    text
      .toUpperCase()
      .refine((code) => code === "" || getCountryName(code) !== null, "Choose a country from the list."),
  timeZone: (text) => text.refine((name) => name === "" || isTimeZone(name), "Choose a time zone from the list."),
  date: (text) => text.refine((date) => date === "" || isDate(date), "Enter a date like 2026-03-31."),
};

/** Returns true for a date of the calendar (RFC 3339, full-date). */
const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

/** Messages name the field of the one who reads them, or of another user. */
type Whose = "your" | "the";

function toSchema({ kind, noun, longest, rule, atSignUp }: Definition, whose: Whose): z.ZodType<string, string> {
  const value = kinds[kind](line(`${whose} ${noun}`, longest));
  const isAllowed = (text: string) => text === "" || !rule || rule.pattern.test(text);
  const ruled = rule ? value.refine(isAllowed, rule.message) : value;
  return atSignUp === "required"
    ? ruled.refine((text) => text !== "", `Enter ${whose} ${noun}.`).meta({ minLength: 1 })
    : ruled;
}

const isNeeded = (field: ProfileField) => getFieldDefinition(field).atSignUp === "required";

/** Makes a shape of these fields. @param isWhole true if required fields may not be missing */
function toShape(fields: readonly ProfileField[], whose: Whose, isWhole = false): Shape {
  const entries = fields.map((field) => {
    const schema = toSchema(getFieldDefinition(field), whose);
    return [field, isWhole && isNeeded(field) ? schema : schema.optional()];
  });
  return Object.fromEntries(entries) as Shape;
}

/** For the owner of an account. A missing field stays unchanged; an empty one is removed. */
export const ownFieldsShape = toShape(
  profileFieldNames.filter((field) => !fixedFieldNames.includes(field)),
  "your",
);
/** For admins who edit an account: all fields that they see. */
export const managedFieldsShape = toShape(managedFieldNames, "the");
/** For a user who opens an account. */
export const signUpFieldsShape = toShape(signUpFieldNames, "your", true);
/** For admins and commands that open an account. */
export const openingFieldsShape = toShape(managedFieldNames, "the", true);
/** For commands, which may fill in every field. */
export const allFieldsShape = toShape(profileFieldNames, "the", true);
