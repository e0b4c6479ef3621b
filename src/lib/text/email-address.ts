import { domainToASCII, domainToUnicode } from "node:url";

/** Maximum lengths in SMTP: of an address without angle brackets (RFC 5321 4.5.3.1.3), and of the part before the @. */
const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;

/** Longer than any pasted address. Without a limit, matching the ends of 20,000 spaces takes a third of a second. */
const LONGEST_TYPED = 1_000;

/** Runs of unquoted characters, separated by dots (RFC 5322 dot-atom), after lower-casing. */
const DOT_ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/** Characters allowed in the domain as typed: no invisible ones, no dots but ".", no symbols. */
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{Nd}.-]+$/u;
/** Characters around a pasted address: white space, zero-width characters and direction marks. */
const AROUND = /^[\s\p{Default_Ignorable_Code_Point}]+|[\s\p{Default_Ignorable_Code_Point}]+$/gu;
const ASCII_LETTER = /[a-z]/i;
const OTHER_SCRIPT = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u;

/**
 * Returns the canonical form of an email, in which it is stored and looked up: trimmed, in lower case, with an ASCII
 * domain. Returns null if it is no plain address, or contains characters that are invisible or only look like ASCII.
 * Otherwise two addresses that look the same could be different accounts, and email could go to a lookalike.
 */
export function canonicalizeEmail(input: string): string | null {
  if (input.length > LONGEST_TYPED) return null;
  const typed = input.replace(AROUND, "");
  if (typed.length > LONGEST_ADDRESS) return null;
  const at = typed.lastIndexOf("@");
  const local = typed.slice(0, Math.max(at, 0));
  const domain = canonicalDomain(typed.slice(at + 1));
  if (local.length > LONGEST_LOCAL_PART || !isAscii(local) || !DOT_ATOM.test(local.toLowerCase())) return null;
  if (!domain || local.length + 1 + domain.length > LONGEST_ADDRESS) return null;
  return `${local.toLowerCase()}@${domain}`;
}

/** Formats an address for readers, with its domain in Unicode instead of punycode. Returns an empty string for null. */
export function formatEmail(address: string | null): string {
  if (!address) return "";
  const at = address.lastIndexOf("@") + 1;
  return address.slice(0, at) + domainToUnicode(address.slice(at));
}

function canonicalDomain(typed: string): string | null {
  const composed = typed.normalize("NFC");
  if (!DOMAIN_CHARACTERS.test(composed) || composed.normalize("NFKC") !== composed) return null;
  if ([...typed].some((character) => !isAscii(character) && isAscii(character.normalize("NFKC")))) return null;
  if (composed.split(".").some((label) => ASCII_LETTER.test(label) && OTHER_SCRIPT.test(label))) return null;
  const domain = domainToASCII(composed);
  const decodes = !domainToUnicode(domain).includes("xn--"); // newer versions of Node leave invalid punycode as it is
  return DOMAIN.test(domain) && decodes ? domain : null;
}

/** Call it before lower-casing, which would turn the Kelvin sign into a k. */
function isAscii(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

const SENDER = /^(?:(?<name>[^<>\p{C}]*)<(?<address>[^\s<>@,;]+@[^\s<>@,;]+)>|(?<bare>[^\s<>@,;]+@[^\s<>@,;]+))$/u;

/** Parses a sender: `Postern <no-reply@example.org>`, or only the address. Returns null if it is invalid. */
export function readSender(text: string): { name: string; address: string } | null {
  const { name = "", address, bare } = SENDER.exec(text.trim())?.groups ?? {};
  const found = address ?? bare;
  return found ? { name: name.trim().replace(/^"(.*)"$/, "$1"), address: found } : null;
}
