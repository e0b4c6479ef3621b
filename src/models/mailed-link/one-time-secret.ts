import { createSecret, digest } from "../../lib/secrets.js";

const MOST_WRITINGS = 4;

/** Creates the hash of a prepared link. Nobody knows the secret that belongs to it. */
export const createUnknownHash = (): string[] => [digest(createSecret())];

/**
 * Creates a secret for an email, and the update that adds its hash to the earlier ones. If it is unknown whether an
 * email was sent, it is rendered and sent again, and the link in each copy is valid.
 */
export function createLinkSecret() {
  const secret = createSecret();
  return { secret, update: { $push: { hash: { $each: [digest(secret)], $slice: -MOST_WRITINGS } } } };
}
