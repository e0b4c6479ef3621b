import { Schema } from "mongoose";
import { indexOutbox, outboxField } from "../outbox.js";
import { isDate } from "../user/register/unused.js";

/** Stored fields and indexes of API tokens. */
export const apiTokenSchema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /** A user has a fixed number of slots with one token each, so concurrent requests cannot exceed the limit. */
    slot: { type: Number, required: true },
    /** Hash of the token. `beginning` contains its first characters, by which the owner recognizes it. */
    hash: { type: String, required: true },
    beginning: { type: String, required: true },
    /** Salt of the secret, which also depends on the key of the form and a server secret. Older tokens have no salt. */
    salt: String,
    description: { type: String, required: true },
    scopes: { type: [String], required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    /**
     * When to warn the owner that the token expires soon. Null after the warning, or if the token is too short-lived
     * for one.
     */
    warnAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    lastUsedIp: { type: String, default: null },
    /** When the token was revoked. Its follow-up then deletes the token. */
    revokedAt: { type: Date },
    /** Follow-ups that must still run after a change (models/outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);
indexOutbox(apiTokenSchema);
apiTokenSchema.index({ hash: 1 }, { unique: true });
apiTokenSchema.index({ user: 1, slot: 1 }, { unique: true });
// Finds tokens whose owners must be warned.
apiTokenSchema.index({ warnAt: 1 }, { partialFilterExpression: { warnAt: isDate } });
apiTokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
