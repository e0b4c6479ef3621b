import { purposes } from "../models/mailed-link.js";

/** Paths that contain a secret: mailed links, and the setup link that is printed until there is an account. */
const secretPaths = [...purposes, "invitations", "setup"];

/**
 * Returns a pattern for a character in any spelling: as it is, or percent-encoded once or several times ("-", "%2D",
 * "%252d"). The router decodes once, and a proxy may have decoded before.
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

/**
 * Matches text that looks like our secrets: long, with lowercase and capital letters. Slugs and ids are all lowercase.
 */
const secretShaped = /(?:[\w-]|%(?:25)*[0-9a-f]{2}){32,}/gi;
const hasCapital = (run: string) => /[A-Z]/.test(run.replace(/%(?:25)*[0-9A-F]{2}/gi, "")) || /%(?:25)*[45]/.test(run);

/** Returns true if this is the path of a mailed link. */
export const isMailedLink = (path: string): boolean => isLink.test(path);

/** Removes the secrets of mailed links from a text, in any spelling, so that readers of a log cannot use them. */
export const removeSecrets = (text: string): string =>
  text.replace(link, "$1…").replace(secretShaped, (run) => (hasCapital(run) ? "…" : run));
