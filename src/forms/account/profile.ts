import { z } from "zod";
import {
  getFieldDefinition,
  type ProfileField,
  profileFieldNames,
  showableGroups,
} from "../../definitions/profile-fields.js";
import { getCountryName } from "../../lib/text/countries.js";
import { isTimeZone } from "../../lib/text/time-zones.js";
import { bio, line, many, username } from "../fields.js";
import { defineForm } from "../form.js";

type Line = ReturnType<typeof line>;

/**
 * Rules for each kind of field. services/account/profile.ts checks phone numbers, because they depend on the country.
 */
const kinds: Record<ReturnType<typeof getFieldDefinition>["kind"], (text: Line) => z.ZodType<string, string>> = {
  line: (text) => text,
  phone: (text) => text,
  postalCode: (text) =>
    text.refine((code) => /^[\p{L}\p{N} -]*$/u.test(code), "Use letters, numbers, spaces and hyphens."),
  country: (text) =>
    text
      .toUpperCase()
      .refine((code) => code === "" || getCountryName(code) !== null, "Choose a country from the list."),
  timeZone: (text) => text.refine((name) => name === "" || isTimeZone(name), "Choose a time zone from the list."),
};
const checked = (field: ProfileField) => {
  const { kind, noun, longest } = getFieldDefinition(field);
  return kinds[kind](line(noun, longest)).optional();
};
type Checked = Record<ProfileField, ReturnType<typeof checked>>;
/** The page always sends "none", so that "no box ticked" differs from a form without the boxes. */
const shown = many(
  z.enum([...showableGroups, "none"], "Select from the options."),
  10,
  "Select from the options.",
).transform((groups) => groups.filter((group) => group !== "none"));

/** A missing field stays unchanged. An empty field is removed. */
export const profileSchema = z.strictObject({
  username: username.optional(),
  bio: bio.optional(),
  ...(Object.fromEntries(profileFieldNames.map((field) => [field, checked(field)])) as Checked),
  shown: shown.optional(),
});
export const profileForm = defineForm(profileSchema);
export type ProfileData = z.output<typeof profileForm.schema>;
