import { z } from "zod";
import { showables } from "../../definitions/profile-fields.js";
import { countryName } from "../../lib/text/countries.js";
import { isTimeZone } from "../../lib/text/time-zones.js";
import { bio, line, many, username } from "../fields.js";
import { defineForm } from "../form.js";

const country = line("a country", 30)
  .toUpperCase()
  .refine((code) => code === "" || countryName(code) !== null, "Choose a country from the list.");
const timeZone = line("a time zone", 60).refine(
  (name) => name === "" || isTimeZone(name),
  "Choose a time zone from the list.",
);
const postalCode = line("a postal code", 16).refine(
  (code) => /^[\p{L}\p{N} -]*$/u.test(code),
  "Use letters, digits, spaces and hyphens.",
);
/** "none" is always sent by the page, which tells no box ticked from a form without the boxes. */
const shown = many(z.enum([...showables, "none"], "Choose from the boxes."), 10, "Choose from the boxes.").transform(
  (groups) => groups.filter((group) => group !== "none"),
);

/** What is not sent stays as it is; what is sent empty goes. A number's country is known to services/account/profile.ts. */
export const profileSchema = z.strictObject({
  username: username.optional(),
  firstName: line("your first name", 60).optional(),
  lastName: line("your last name", 60).optional(),
  bio: bio.optional(),
  phone: line("a number", 40).optional(),
  address: line("an address", 200).optional(),
  city: line("a place", 100).optional(),
  state: line("a state", 100).optional(),
  postalCode: postalCode.optional(),
  country: country.optional(),
  timeZone: timeZone.optional(),
  shown: shown.optional(),
});
export const profileForm = defineForm(profileSchema);
export type ProfileData = z.output<typeof profileForm.schema>;
