import { model, Schema } from "mongoose";

const HOURS = 3_600_000;

/** What mailed links can do, and how long they can. */
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
 * These only ever take access away from the current user of the account, so they outlive the changes that an intruder would
 * make; all others die with any change of credentials. Of those there is one a person: a new one replaces the old, when its
 * mail is written; else strangers could kill a link by asking for more mails than we send. A change of address is
 * replaced when another is asked for, which takes the password: what is pending is that one link.
 */
export const defensive: readonly Purpose[] = ["email-undo", "not-me"];

const schema = new Schema({
  /**
   * What is stored of the secret in the link. Until the mail is written it belongs to a secret that nobody has; there are
   * several when the mail was written again because it was unknown whether it had been sent: the link in each is valid.
   */
  hash: { type: [String], required: true },
  purpose: { type: String, enum: purposes, required: true },
  user: { type: Schema.Types.ObjectId, required: true },
  /** The address that the link is about: the one it is mailed to. */
  email: { type: String, required: true },
  /** The person's epoch when it was asked for. */
  epoch: { type: Number, required: true },
  /** Older links stay good beside it: the person did not ask for it. */
  beside: { type: Boolean, default: false },
  /** Set where a person can have one of its purpose only. */
  single: Boolean,
  /** When it did what it is for. It stays until it expires, so that a repeated request can be answered. */
  usedAt: Date,
  expiresAt: { type: Date, required: true },
});
schema.index({ hash: 1 }, { unique: true });
schema.index({ user: 1, purpose: 1 });
schema.index({ purpose: 1, user: 1 }, { unique: true, partialFilterExpression: { single: true } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const mailedLinks = model("Token", schema);
