import { purposes } from "../models/mailed-link.js";

/** Addresses with a secret in them: of mailed links, and the one that is printed while nobody has an account. */
const secretPaths = [...purposes, "invitations", "setup"];

/**
 * A character as an address may spell it: itself, or percent-encoded once or several times ("-", "%2D", "%252d"): the router
 * decodes once, proxies may have done so before.
 */
function spelt(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, "0");
  const upper = character.toUpperCase().charCodeAt(0).toString(16).padStart(2, "0");
  const itself = /[a-z]/.test(character) ? character : `\\${character}`;
  return `(?:${itself}|%(?:25)*(?:${code}|${upper}))`;
}
const slashes = `(?:${spelt("/")}|${spelt("\\")})+`;
const start = `${slashes}(?:${secretPaths.map((path) => [...path].map(spelt).join("")).join("|")})${slashes}`;
const link = new RegExp(`(${start})[^"\\\\?#\\s]+`, "gi");
const isLink = new RegExp(`^${start}`, "i");

/** What is written as our secrets are, wherever it stands: long, and of large and small letters. Slugs and ids are of small ones. */
const secretShaped = /(?:[\w-]|%(?:25)*[0-9a-f]{2}){32,}/gi;
const hasCapital = (run: string) => /[A-Z]/.test(run.replace(/%(?:25)*[0-9A-F]{2}/gi, "")) || /%(?:25)*[45]/.test(run);

/** Whether an address is that of a mailed link. */
export const isMailedLink = (path: string): boolean => isLink.test(path);

/**
 * The text with the secrets of mailed links left out of the addresses in it, however they are spelt: the reader of a log must
 * not use them.
 */
export const removeSecrets = (text: string): string =>
  text.replace(link, "$1…").replace(secretShaped, (run) => (hasCapital(run) ? "…" : run));
