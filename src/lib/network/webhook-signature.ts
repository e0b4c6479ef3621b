import { randomBytes } from "node:crypto";
import { loadLater } from "../load-later.js";

const webhooks = loadLater<typeof import("standardwebhooks")>("standardwebhooks");

const SECRET_BYTES = 32;

/** Creates a secret in the form of Standard Webhooks. */
export const createWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;

/**
 * Returns the headers of Standard Webhooks for a body.
 * @param secrets each of them signs: while a secret is replaced, receivers may have the old or the new one
 * @param id the same at each attempt, so that a receiver notices repetitions
 */
export function signWebhook(secrets: readonly string[], { id, body }: { id: string; body: string }, at = new Date()) {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new (webhooks().Webhook)(secret).sign(id, at, body)).join(" "),
  };
}
