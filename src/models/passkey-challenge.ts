import { type InferSchemaType, model, Schema, type Types, trusted } from "mongoose";
import { type PasskeyPurpose, passkeyPurposes } from "../definitions/factors/passkeys.js";
import { createSecret, digest } from "../lib/secrets.js";

/** Time to use a passkey after the browser has asked for a challenge. */
export const CHALLENGE_MS = 5 * 60_000;

const schema = new Schema(
  {
    /** SHA-256 of the challenge. */
    _id: String,
    purpose: { type: String, enum: passkeyPurposes, required: true },
    /** The account; null for a login, which is anonymous until the passkey says who it is. */
    user: { type: Schema.Types.ObjectId, default: null },
    /** SHA-256 of the browser's device cookie. */
    browser: { type: String, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const challenges = model("PasskeyChallenge", schema);
type Stored = InferSchemaType<typeof schema>;

/** A challenge that was just used up, and what it was for. */
export type UsedChallenge = { challenge: string; purpose: PasskeyPurpose; user: string | null };

/** Random values that passkeys sign (WebAuthn Level 3, 13.4.3). Each is for one purpose, account and browser. */
export const PasskeyChallenge = Object.assign(challenges, {
  /** Creates a challenge. @returns 256 random bits in base64url */
  async issue(about: { purpose: PasskeyPurpose; user: Types.ObjectId | null; browser: string }): Promise<string> {
    const challenge = createSecret();
    const expiresAt = new Date(Date.now() + CHALLENGE_MS);
    await challenges.create({ ...about, _id: digest(challenge), browser: digest(about.browser), expiresAt });
    return challenge;
  },

  /** Uses up a challenge. Of several requests, only one gets it; the others, and other browsers, get null. */
  async use(challenge: string, browser: string): Promise<UsedChallenge | null> {
    const which = { _id: digest(challenge), browser: digest(browser), expiresAt: trusted({ $gt: new Date() }) };
    const found = await challenges.findOneAndDelete(which).lean<Stored>();
    return found && { challenge, purpose: found.purpose, user: found.user ? String(found.user) : null };
  },
});
