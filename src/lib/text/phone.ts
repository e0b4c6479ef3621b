import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/min";

/**
 * A telephone number as E.164, such as +493012345678, or null when it cannot be one. Judged by its length, for whole ranges of
 * numbers come into use long before any list knows them. Spaces may be of any kind: French numbers are set with narrow
 * ones.
 * @param country where a number without + belongs, as ISO 3166 alpha-2
 */
export function canonicalizePhone(typed: string, country?: string): string | null {
  const where = country ? { defaultCountry: country as CountryCode } : {};
  const plain = typed.replace(/\s/g, " ");
  const number = parsePhoneNumberFromString(plain, { ...where, extract: false });
  return number?.isPossible() && !number.ext ? number.number : null;
}

/** The same for people: +49 30 12345678. */
export const formatPhone = (e164: string): string => parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
