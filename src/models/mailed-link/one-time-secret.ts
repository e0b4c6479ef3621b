import { createSecret, digest } from "../../lib/secrets.js";

const MOST_WRITINGS = 4;

/** What is stored where a link is prepared: it belongs to a secret that nobody has. */
export const createUnknownHash = (): string[] => [digest(createSecret())];

/**
 * A secret for the mail that is being written, and how to keep its hash beside those of the writings before: the mail is
 * written anew when nobody knows whether it was sent, and the link in each is good.
 */
export function createLinkSecret() {
  const secret = createSecret();
  return { secret, update: { $push: { hash: { $each: [digest(secret)], $slice: -MOST_WRITINGS } } } };
}
