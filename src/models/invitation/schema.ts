import { Schema } from "mongoose";
import { roleNames } from "../../definitions/roles.js";
import { indexOutbox, outboxField } from "../outbox.js";
import { isDate } from "../user/register/unused.js";

/** Stored fields and indexes of invitations. */
export const invitationSchema = new Schema({
  /** Hashes of the secrets in the invitation's emails, as in models/mailed-link.ts. */
  hash: { type: [String], required: true },
  /** The email to which the invitation is sent. Accepting it also confirms the email. */
  email: { type: String, required: true },
  role: { type: String, enum: roleNames, required: true },
  domain: { type: Schema.Types.ObjectId, default: null },
  /**
   * The user who is responsible for the invitation. It grants only what this user may grant at the time of acceptance.
   */
  invitedBy: { type: Schema.Types.ObjectId, required: true },
  sentAt: { type: Date, required: true },
  expiresAt: { type: Date, required: true },
  /** The account that is accepting the invitation, and when it started. */
  taken: { type: new Schema({ by: Schema.Types.ObjectId, at: Date }, { _id: false }), default: null },
  acceptedAt: { type: Date, default: null },
  acceptedBy: { type: Schema.Types.ObjectId, default: null },
  revokedAt: { type: Date, default: null },
  /**
   * When the owner of the email lost a role in that place. The link is then invalid until the invitation is sent again.
   * Lists don't show it: an admin of a domain who guessed the email of a member would see whether it is the right one.
   */
  outdatedAt: { type: Date, default: null },
  dropAt: { type: Date, required: true },
  /** Follow-ups that must still run after a change (models/outbox.ts). */
  outbox: outboxField,
});
indexOutbox(invitationSchema);
invitationSchema.index({ hash: 1 }, { unique: true });
invitationSchema.index({ domain: 1, _id: -1 });
invitationSchema.index({ email: 1, domain: 1 });
invitationSchema.index({ acceptedBy: 1 }, { partialFilterExpression: { acceptedBy: { $type: "objectId" } } });
invitationSchema.index({ "taken.at": 1 }, { partialFilterExpression: { "taken.at": isDate } });
invitationSchema.index({ dropAt: 1 }, { expireAfterSeconds: 0 });
