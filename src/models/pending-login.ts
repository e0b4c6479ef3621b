import { type InferSchemaType, model, Schema, type Types, trusted } from "mongoose";
import { createSecret, digest } from "../lib/secrets.js";
import { User } from "./user.js";

/** Time to prove the second factor after the first one. */
export const PENDING_MS = 5 * 60_000;

const schema = new Schema(
  {
    /** SHA-256 of the secret in the browser's cookie. */
    _id: String,
    user: { type: Schema.Types.ObjectId, required: true },
    /** The user's session epoch. A change of credentials or factors raises it, which ends this step. */
    epoch: { type: Number, required: true },
    /** SHA-256 of the browser's device cookie. */
    browser: { type: String, required: true },
    /** True if the first factor was the password, and not a mailed link. */
    byPassword: { type: Boolean, default: false },
    /** True if the browser is to be remembered after the login. */
    remember: { type: Boolean, default: false },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
schema.index({ user: 1 });

const pendingLogins = model("PendingLogin", schema);
export type PendingLogin = InferSchemaType<typeof schema>;
type Start = Pick<PendingLogin, "remember" | "byPassword"> & { user: User; browser: string };

/**
 * Logins that wait for the second factor. They are no sessions: only the pages of that step read them. Each belongs to
 * one account and one browser, so it cannot be carried to another.
 */
export const PendingLogin = Object.assign(pendingLogins, {
  /** Starts to wait. Replaces an earlier step with this browser. @returns the secret for the cookie */
  async start({ user, browser, remember, byPassword }: Start): Promise<string> {
    const secret = createSecret();
    await pendingLogins.deleteMany({ browser: digest(browser) });
    const who = { user: user._id, epoch: user.sessionEpoch, browser: digest(browser) };
    const expiresAt = new Date(Date.now() + PENDING_MS);
    await pendingLogins.create({ _id: digest(secret), ...who, byPassword, remember, expiresAt });
    return secret;
  },

  /** Finds the step with its user. Returns null if it has expired, or if the account has changed since it started. */
  async findLive(secret: string, browser: string): Promise<{ step: PendingLogin; user: User } | null> {
    const expiresAt = trusted({ $gt: new Date() });
    const step = await pendingLogins.findOne({ _id: digest(secret), browser: digest(browser), expiresAt }).lean();
    const user = step && (await User.findById(step.user));
    return step && user && !user.disabledAt && user.sessionEpoch === step.epoch ? { step, user } : null;
  },

  /** Deletes the steps of a user. */
  async forget(user: Types.ObjectId): Promise<void> {
    await pendingLogins.deleteMany({ user });
  },

  /** Ends the step. Of several requests, only one gets true. */
  async finish({ _id }: PendingLogin): Promise<boolean> {
    return (await pendingLogins.deleteOne({ _id: String(_id) })).deletedCount === 1;
  },
});
