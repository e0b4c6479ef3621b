import mongoose from "mongoose";
import { repeatUntilDone, type Stop } from "../lib/async/until-done.js";
import { ApiSession } from "./api-session.js";
import { REVOKED_KEPT_MS } from "./api-token/schema.js";
import { ApiToken } from "./api-token.js";
import { AuditErasure } from "./audit-erasure.js";
import { AuditEvent } from "./audit-event.js";
import { AuditSeal } from "./audit-seal.js";
import { DevMail, MAIL_KEPT_MS } from "./dev-mail.js";
import { Device } from "./device.js";
import { IdempotencyKey } from "./idempotency-key.js";
import { Invitation } from "./invitation.js";
import { LoginThrottle } from "./login-throttle.js";
import { MailedLink } from "./mailed-link.js";
import { PasskeyChallenge } from "./passkey-challenge.js";
import { PendingLogin } from "./pending-login.js";
import { Session } from "./session.js";
import { WebhookDelivery } from "./webhook-delivery.js";

const BATCH = 500;
type Collection = typeof Session.collection;

/** All collections with an expiry date: the field, and the time that documents are kept after it. */
const kinds = (): { collection: Collection; field: string; keptMs?: number }[] => [
  { collection: Session.collection, field: "expires" },
  { collection: MailedLink.collection, field: "expiresAt" },
  { collection: ApiSession.collection, field: "expiresAt" },
  { collection: ApiToken.collection, field: "expiresAt" },
  { collection: ApiToken.collection, field: "revokedAt", keptMs: REVOKED_KEPT_MS },
  { collection: IdempotencyKey.collection, field: "expiresAt" },
  { collection: Device.collection, field: "expiresAt" },
  { collection: AuditEvent.collection, field: "expiresAt" },
  { collection: AuditSeal.collection, field: "expiresAt" },
  { collection: AuditErasure.collection, field: "expiresAt" },
  { collection: Invitation.collection, field: "dropAt" },
  { collection: LoginThrottle.collection, field: "expiresAt" },
  { collection: PendingLogin.collection, field: "expiresAt" },
  { collection: PasskeyChallenge.collection, field: "expiresAt" },
  { collection: DevMail.collection, field: "at", keptMs: MAIL_KEPT_MS },
  { collection: WebhookDelivery.collection, field: "expiresAt" },
  { collection: mongoose.connection.collection("limits"), field: "expire" },
];

/**
 * Deletes expired documents, oldest first, until none is left. On a database that runs TTL indexes, they do the same
 * once a minute. Nothing depends on either, because expiry is also checked when a document is read.
 * @returns the number of deleted documents
 */
export async function dropExpired(now = new Date(), stop?: Stop): Promise<number> {
  let dropped = 0;
  for (const { collection, field, keptMs = 0 } of kinds()) {
    const expired = { [field]: { $lte: new Date(now.getTime() - keptMs) } };
    dropped += await repeatUntilDone(() => dropSome(collection, field, expired), stop);
  }
  return dropped;
}

/** Deletes one batch. A document that was renewed in the meantime stays. */
async function dropSome(collection: Collection, field: string, expired: object): Promise<number> {
  const oldest = collection.find(expired, { projection: { _id: 1 } }).sort({ [field]: 1 });
  const ids = (await oldest.limit(BATCH).toArray()).map(({ _id }) => _id);
  if (ids.length === 0) return 0;
  return (await collection.deleteMany({ _id: { $in: ids }, ...expired })).deletedCount;
}
