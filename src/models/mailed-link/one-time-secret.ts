import { createSecret, digest } from "../../lib/secrets.js";

const MOST_WRITINGS = 4;

/** Hash for a prepared link: it belongs to a secret that nobody has. */
export const createUnknownHash = (): string[] => [digest(createSecret())];

/**
 * Makes a secret for the email being written, and the update that adds its hash to the earlier ones. An email is
 * written again if it is unknown whether it was sent, and the link in each copy is valid.
 */
export function createLinkSecret() {
  const secret = createSecret();
  return { secret, update: { $push: { hash: { $each: [digest(secret)], $slice: -MOST_WRITINGS } } } };
}
