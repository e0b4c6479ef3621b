import type { CountryCode } from "libphonenumber-js/min";
import { loadLater } from "../load-later.js";

const phones = loadLater<typeof import("libphonenumber-js/min")>("libphonenumber-js/min");

/**
 * Converts a phone number to E.164, such as +493012345678. Returns null if it cannot be a phone number. Checks only the
 * length, because new number ranges come into use long before any list contains them. Accepts spaces of any kind,
 * because French numbers contain narrow ones.
 * @param country ISO 3166 alpha-2 code, for numbers without +
 */
export function canonicalizePhone(typed: string, country?: string): string | null {
  const where = country ? { defaultCountry: country as CountryCode } : {};
  const plain = typed.replace(/\s/g, " ");
  const number = phones().parsePhoneNumberFromString(plain, { ...where, extract: false });
  return number?.isPossible() && !number.ext ? number.number : null;
}

/** Formats a number for readers: +49 30 12345678. */
export const formatPhone = (e164: string): string =>
  phones().parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
