import { model, Schema } from "mongoose";

const HOURS = 3_600_000;

/** The purposes of mailed links, and their lifetimes in milliseconds. */
export const linkLifetimes = {
  "email-confirmation": 24 * HOURS,
  "password-reset": 1 * HOURS,
  "email-change": 24 * HOURS,
  "recovery-email": 24 * HOURS,
  "email-undo": 72 * HOURS,
  "not-me": 72 * HOURS,
  "factor-recovery": 1 * HOURS,
  /** At least; each lives as long as the recovery that it cancels. */
  "factor-recovery-cancel": 72 * HOURS,
} as const;
export type Purpose = keyof typeof linkLifetimes;
export const purposes = Object.keys(linkLifetimes) as Purpose[];

/**
 * These links only remove access to the account. They stay valid after changes that an intruder
 * could make; all other links become invalid when credentials change. A user has one valid link for each other purpose:
 * a new link replaces the old one when its email is rendered. If it did so earlier, anyone could invalidate a link by
 * requesting more emails than we send. Exceptions are links to a new address (`toNewAddress`), which a new request replaces
 * immediately, because it needs the password.
 */
export const defensive: readonly Purpose[] = ["email-undo", "not-me", "factor-recovery-cancel"];

/** These links go to an address that does not belong to the account yet. A user has one for each purpose at a time. */
export const toNewAddress: readonly Purpose[] = ["email-change", "recovery-email"];

const schema = new Schema({
  /**
   * Hashes of the link's secret. Until the email is rendered, the hash belongs to a secret that nobody knows. There are
   * several hashes if the email was sent again because it was unknown whether it was sent. The link in each copy is
   * valid.
   */
  hash: { type: [String], required: true },
  purpose: { type: String, enum: purposes, required: true },
  user: { type: Schema.Types.ObjectId, required: true },
  /** The email to which the link is sent and applies. */
  email: { type: String, required: true },
  /** The user's session epoch when the link was requested. */
  epoch: { type: Number, required: true },
  /** Keeps older links valid, because the user did not request this one. */
  beside: { type: Boolean, default: false },
  /** True if a user can have only one link for this purpose. */
  single: Boolean,
  /** When the link was used. The link is kept until it expires, so that a repeated request gets the same response. */
  usedAt: Date,
  /** When the link was requested. Links from before 0.3 have none; all of a purpose had the same lifetime then. */
  issuedAt: Date,
  expiresAt: { type: Date, required: true },
});
schema.index({ hash: 1 }, { unique: true });
schema.index({ user: 1, purpose: 1 });
schema.index({ purpose: 1, user: 1 }, { unique: true, partialFilterExpression: { single: true } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const mailedLinks = model("Token", schema);
