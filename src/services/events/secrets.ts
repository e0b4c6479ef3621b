import { config } from "../../config/index.js";
import { seal, unseal } from "../../lib/encrypted.js";
import { createWebhookSecret } from "../../lib/network/webhook-signature.js";
import type { WebhookFields } from "../../models/webhook.js";

// Signing needs the secret itself, so it cannot be stored as a hash. FACTOR_KEY encrypts it: the first of its keys for
// new secrets, all of them for stored ones.

const getPurpose = (id: unknown) => `secret of webhook ${id}`;

/** Creates a secret for a webhook, encrypted. */
export const createSealedSecret = (id: WebhookFields["_id"]): string =>
  seal(createWebhookSecret(), config.factorKeys[0] ?? "", getPurpose(id));

/** Thrown if none of FACTOR_KEY decrypts the secret of a webhook: the key that encrypted it was lost. */
export class UnreadableSecret extends Error {
  override name = "UnreadableSecret";
}

const tryToOpen = (sealed: string, id: WebhookFields["_id"]): string | null => {
  const secret = unseal(sealed, config.factorKeys, getPurpose(id));
  return typeof secret === "string" ? secret : null;
};

/** Returns true if FACTOR_KEY decrypts the secret of this webhook. */
export const isReadable = ({ _id, secret }: Pick<WebhookFields, "_id" | "secret">): boolean =>
  tryToOpen(secret, _id) !== null;

/** Decrypts a secret of a webhook. @throws UnreadableSecret */
export function openSecret(sealed: string, id: WebhookFields["_id"]): string {
  const secret = tryToOpen(sealed, id);
  if (secret !== null) return secret;
  throw new UnreadableSecret("FACTOR_KEY does not decrypt the secret of this webhook");
}

/**
 * Lists the secrets that sign now: the present one, and for a day after a rotation the one before, unless FACTOR_KEY no
 * longer decrypts it.
 * @throws UnreadableSecret if that is the present one
 */
export function listSecrets({ _id, secret, previousSecret, previousUntil }: WebhookFields, now = new Date()): string[] {
  const isStillValid = previousSecret && previousUntil && previousUntil > now;
  const previous = isStillValid ? tryToOpen(previousSecret, _id) : null;
  return [openSecret(secret, _id), ...(previous === null ? [] : [previous])];
}
