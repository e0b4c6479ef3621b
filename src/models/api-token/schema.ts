import { Schema } from "mongoose";
import { indexOutbox, outboxField } from "../outbox.js";
import { isDate } from "../user/register/unused.js";

/** What is stored of an API token, and the indexes behind the questions about them. */
export const apiTokenSchema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /** A user has a fixed number of places for tokens, one token in each, so that requests in parallel cannot create more. */
    slot: { type: Number, required: true },
    /** What is stored of the token, and its first letters, for its owner to know it by. */
    hash: { type: String, required: true },
    beginning: { type: String, required: true },
    /** What the secret was made with, beside the key of the form and a secret of the server. Tokens from before have none. */
    salt: String,
    description: { type: String, required: true },
    scopes: { type: [String], required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    /** When its owner is to be told that it ends soon; null when they were, or when it never lives that long. */
    warnAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    lastUsedIp: { type: String, default: null },
    /** Set for a moment, until what follows is done and it is deleted. */
    revokedAt: { type: Date },
    /** What is left to do after a change (models/outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);
indexOutbox(apiTokenSchema);
apiTokenSchema.index({ hash: 1 }, { unique: true });
apiTokenSchema.index({ user: 1, slot: 1 }, { unique: true });
// Of whom to tell that a token ends soon.
apiTokenSchema.index({ warnAt: 1 }, { partialFilterExpression: { warnAt: isDate } });
apiTokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
