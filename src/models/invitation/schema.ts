import { Schema } from "mongoose";
import { roleNames } from "../../definitions/roles.js";
import { indexOutbox, outboxField } from "../outbox.js";
import { isDate } from "../user/register/unused.js";

/** What is stored of an invitation, and its indexes. */
export const invitationSchema = new Schema({
  /** As in models/mailed-link.ts: what is stored of the secrets in its mail. */
  hash: { type: [String], required: true },
  /** Where it is mailed to; accepting it proves the address. */
  email: { type: String, required: true },
  role: { type: String, enum: roleNames, required: true },
  domain: { type: Schema.Types.ObjectId, default: null },
  /** Who answers for it: it is worth what they may give at the moment that it is accepted. */
  invitedBy: { type: Schema.Types.ObjectId, required: true },
  sentAt: { type: Date, required: true },
  expiresAt: { type: Date, required: true },
  /** The account that is being opened with it, or given its role, and since when. */
  taken: { type: new Schema({ by: Schema.Types.ObjectId, at: Date }, { _id: false }), default: null },
  acceptedAt: { type: Date, default: null },
  acceptedBy: { type: Schema.Types.ObjectId, default: null },
  revokedAt: { type: Date, default: null },
  dropAt: { type: Date, required: true },
  /** What is left to do after a change (models/outbox.ts). */
  outbox: outboxField,
});
indexOutbox(invitationSchema);
invitationSchema.index({ hash: 1 }, { unique: true });
invitationSchema.index({ domain: 1, _id: -1 });
invitationSchema.index({ email: 1, domain: 1 });
invitationSchema.index({ acceptedBy: 1 }, { partialFilterExpression: { acceptedBy: { $type: "objectId" } } });
invitationSchema.index({ "taken.at": 1 }, { partialFilterExpression: { "taken.at": isDate } });
invitationSchema.index({ dropAt: 1 }, { expireAfterSeconds: 0 });
