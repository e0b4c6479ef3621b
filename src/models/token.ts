import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { digest } from "../lib/secrets.js";
import { onceId, writeOnce } from "./once.js";
import { sealing, unsealed } from "./sealing.js";
import { User } from "./user.js";

const HOURS = 3_600_000;

/** What mailed links can do, and how long they can. */
const lifetimes = {
  "email-confirmation": 24 * HOURS,
  "password-reset": 1 * HOURS,
  "email-change": 24 * HOURS,
  "email-undo": 72 * HOURS,
  "not-me": 72 * HOURS,
} as const;
export type Purpose = keyof typeof lifetimes;
export const purposes = Object.keys(lifetimes) as Purpose[];

/**
 * These only ever take power away from whoever has the account now, so they outlive the changes that an intruder would
 * make; all others die with any change of credentials. Of those there is one a person: a new one replaces the old, when its
 * mail is written; else strangers could kill a link by asking for more mails than we send. A change of address is
 * replaced when another is asked for, which takes the password: what is pending is that one link.
 */
const defensive: readonly Purpose[] = ["email-undo", "not-me"];

const schema = new Schema({
  /**
   * What is stored of the secret in the link. Until the mail is written it belongs to a secret that nobody has; there are
   * several when the mail was written anew, for nobody knew whether it had been sent: the link in each is good.
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
  expiresAt: { type: Date, required: true },
});
schema.index({ hash: 1 }, { unique: true });
schema.index({ user: 1, purpose: 1 });
schema.index({ purpose: 1, user: 1 }, { unique: true, partialFilterExpression: { single: true } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const tokens = model("Token", schema);

type Issue = {
  purpose: Purpose;
  user: { _id: Types.ObjectId; sessionEpoch: number };
  email: string;
  /** Leaves older links good: the person did not ask for this one. */
  beside?: boolean;
};
type Stored = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
/** What a link is good for: whose it is, and which address it is about. */
export type Grant = { user: User; email: string };

const living = (secret: string, purpose: Purpose) => ({
  hash: digest(secret),
  purpose,
  expiresAt: trusted({ $gt: new Date() }),
});

/** Mailed secrets (ASVS V6.5, V6.6.2): bound to a purpose, a person and an address; good once, and not for ever. */
export const Token = Object.assign(tokens, {
  /** Prepares a link; `seal` makes its secret when the mail is written. @returns the token's id */
  async issue({ purpose, user, email, beside = false }: Issue): Promise<string> {
    const { _id, sessionEpoch: epoch } = user;
    const expiresAt = new Date(Date.now() + lifetimes[purpose]);
    const token = { hash: unsealed(), purpose, user: _id, email, epoch, beside, expiresAt };
    if (purpose === "email-change") return replace({ ...token, single: true });
    const id = onceId("token", purpose, String(_id), email) ?? new Types.ObjectId();
    await writeOnce(() => tokens.create({ ...token, _id: id }));
    return String(id);
  },

  /**
   * What `issue` does, for nobody: an address without an account must not be answered sooner than one with. Its secret is
   * never made.
   */
  async feign({ purpose, email }: Pick<Issue, "purpose" | "email">): Promise<void> {
    await this.issue({ purpose, user: { _id: new Types.ObjectId(), sessionEpoch: 0 }, email });
  },

  /** Makes the secret of a prepared link, so that it is nowhere but in the mail; null when the link is void by now. */
  async seal(id: string): Promise<{ secret: string; purpose: Purpose } | null> {
    const { secret, update } = sealing();
    const condition = { _id: id, expiresAt: trusted({ $gt: new Date() }) };
    const sealed = await tokens.findOneAndUpdate(condition, update).lean<Stored>();
    if (!sealed) return null;
    if (!sealed.beside && !defensive.includes(sealed.purpose)) await voidOlder(sealed);
    return { secret, purpose: sealed.purpose };
  },

  /** What a link is good for, without using it; null when it is good for nothing. */
  async find(secret: string, purpose: Purpose): Promise<Grant | null> {
    return grantOf(await tokens.findOne(living(secret, purpose)).lean<Stored>());
  },

  /** The same, and uses the link up: finding and spending are one step, so it works once, even when clicked twice at once. */
  async redeem(secret: string, purpose: Purpose): Promise<Grant | null> {
    return grantOf(await tokens.findOneAndDelete(living(secret, purpose)).lean<Stored>());
  },

  /** The address that a person has asked to change to and not confirmed yet, or null. */
  async pendingEmail(user: { id: string; sessionEpoch: number }): Promise<string | null> {
    const { id, sessionEpoch: epoch } = user;
    const pending = { user: new Types.ObjectId(id), purpose: "email-change", epoch } as const;
    const found = await tokens.findOne({ ...pending, expiresAt: trusted({ $gt: new Date() }) }).lean<Stored>();
    return found?.email ?? null;
  },

  /** Makes links of a person void: those of one purpose, or all; false when there was none. */
  async void(user: Types.ObjectId, purpose?: Purpose): Promise<boolean> {
    return (await tokens.deleteMany({ user, ...(purpose && { purpose }) })).deletedCount > 0;
  },
});

const voidOlder = ({ _id, user, purpose }: Stored) => tokens.deleteMany({ user, purpose, _id: trusted({ $lt: _id }) });

/** Puts a link in the place of the one before, under another id: a mail that waits to be written must not get its secret. */
async function replace(token: { user: Types.ObjectId; purpose: Purpose; single: true }): Promise<string> {
  for (;;) {
    await tokens.deleteMany({ user: token.user, purpose: token.purpose });
    try {
      return (await tokens.create(token)).id;
    } catch (error) {
      if (!isDuplicate(error, "purpose")) throw error; // another took the place in between
    }
  }
}

async function grantOf(token: Stored | null): Promise<Grant | null> {
  const user = token && (await User.findById(token.user));
  return user && !user.disabledAt && isGood(token, user) ? { user, email: token.email } : null;
}

/** Whether a link is still about this account as it is now. */
function isGood({ purpose, email, epoch }: Stored, user: User): boolean {
  if (defensive.includes(purpose)) return user.answersTo(email);
  return epoch === user.sessionEpoch && (purpose === "email-change" || email === user.email);
}
