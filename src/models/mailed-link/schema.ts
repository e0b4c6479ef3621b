import { model, Schema } from "mongoose";

const HOURS = 3_600_000;

/** The purposes of mailed links, and their lifetimes in milliseconds. */
export const linkLifetimes = {
  "email-confirmation": 24 * HOURS,
  "password-reset": 1 * HOURS,
  "email-change": 24 * HOURS,
  "email-undo": 72 * HOURS,
  "not-me": 72 * HOURS,
} as const;
export type Purpose = keyof typeof linkLifetimes;
export const purposes = Object.keys(linkLifetimes) as Purpose[];

/**
 * These links only remove access from the current user of the account, so they stay valid after changes that an
 * intruder could make. All other links become invalid when credentials change. A user has one valid link per other
 * purpose: a new one replaces the old one when its email is written. Otherwise a stranger could invalidate a link by
 * requesting more emails than we send. A pending email change is replaced as soon as another one is requested, which
 * takes the password.
 */
export const defensive: readonly Purpose[] = ["email-undo", "not-me"];

const schema = new Schema({
  /**
   * Hashes of the link's secret. Until the email is written, the hash belongs to a secret that nobody has. There are
   * several if the email was written again because it was unknown whether it had been sent; the link in each copy is
   * valid.
   */
  hash: { type: [String], required: true },
  purpose: { type: String, enum: purposes, required: true },
  user: { type: Schema.Types.ObjectId, required: true },
  /** The email that the link is about and is sent to. */
  email: { type: String, required: true },
  /** The user's session epoch at the request. */
  epoch: { type: Number, required: true },
  /** Keeps older links valid, because the user did not request this one. */
  beside: { type: Boolean, default: false },
  /** Set if a user can have only one link of this purpose. */
  single: Boolean,
  /** When the link was used. It is kept until it expires, so that a repeated request can be answered. */
  usedAt: Date,
  expiresAt: { type: Date, required: true },
});
schema.index({ hash: 1 }, { unique: true });
schema.index({ user: 1, purpose: 1 });
schema.index({ purpose: 1, user: 1 }, { unique: true, partialFilterExpression: { single: true } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const mailedLinks = model("Token", schema);
