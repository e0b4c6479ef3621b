import { purposes } from "../models/token.js";

/** Addresses with a secret in them: of mailed links, and the one that is printed while nobody has an account. */
const secretPaths = [...purposes, "invitations", "setup"];
const slash = "(?:/|%2f)";
const start = `${slash}(?:${secretPaths.join("|")})${slash}`;
const link = new RegExp(`(${start})[^"\\\\?#\\s]+`, "gi");
const isLink = new RegExp(`^${start}`, "i");

/** Whether an address is that of a mailed link. */
export const isMailedLink = (path: string): boolean => isLink.test(path);

/** The text with the secrets of mailed links left out of the addresses in it: whoever reads a log must not use them. */
export const withoutSecrets = (text: string): string => text.replace(link, "$1…");
