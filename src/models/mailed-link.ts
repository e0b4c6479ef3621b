import { type InferSchemaType, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { digest } from "../lib/secrets.js";
import { createLinkSecret, createUnknownHash } from "./mailed-link/one-time-secret.js";
import { defensive, linkLifetimes, mailedLinks, type Purpose } from "./mailed-link/schema.js";
import { deriveOnceId, writeOnce } from "./outbox/once.js";
import { User } from "./user.js";

export { type Purpose, purposes } from "./mailed-link/schema.js";

type Issue = {
  purpose: Purpose;
  user: { _id: Types.ObjectId; sessionEpoch: number };
  email: string;
  /** Leaves older links good: the person did not ask for this one. */
  beside?: boolean;
};
type Stored = InferSchemaType<typeof mailedLinks.schema> & { _id: Types.ObjectId };
/** What a link is good for: whose it is, which address it is about, and its id, which the change carries that it makes. */
export type ValidLink = { user: User; email: string; link: Types.ObjectId };

const living = (secret: string, purpose: Purpose) => ({
  hash: digest(secret),
  purpose,
  expiresAt: trusted({ $gt: new Date() }),
});

/** Mailed secrets (ASVS V6.5, V6.6.2): bound to a purpose, a person and an address; good once, and not for ever. */
export const MailedLink = Object.assign(mailedLinks, {
  /** Prepares a link; `revealForMail` makes its secret when the mail is written. @returns the token's id */
  async issue({ purpose, user, email, beside = false }: Issue): Promise<string> {
    const { _id, sessionEpoch: epoch } = user;
    const expiresAt = new Date(Date.now() + linkLifetimes[purpose]);
    const token = { hash: createUnknownHash(), purpose, user: _id, email, epoch, beside, expiresAt };
    const id = deriveOnceId("token", purpose, String(_id), email) ?? new Types.ObjectId();
    if (purpose === "email-change") return replace({ _id: id, ...token, single: true });
    await writeOnce(() => mailedLinks.create({ ...token, _id: id }));
    return String(id);
  },

  /**
   * What `issue` does, for nobody: an address without an account must not be answered sooner than one with. Its secret is
   * never made.
   */
  async createDecoy({ purpose, email }: Pick<Issue, "purpose" | "email">): Promise<void> {
    const nobody = deriveOnceId("nobody", purpose, email) ?? new Types.ObjectId(); // the same when the same form comes again
    await this.issue({ purpose, user: { _id: nobody, sessionEpoch: 0 }, email });
  },

  /** Makes the secret of a prepared link, so that it is nowhere but in the mail; null when the link is void by now. */
  async revealForMail(id: string): Promise<{ secret: string; purpose: Purpose } | null> {
    const { secret, update } = createLinkSecret();
    const condition = { _id: id, expiresAt: trusted({ $gt: new Date() }) };
    const sealed = await mailedLinks.findOneAndUpdate(condition, update).lean<Stored>();
    if (!sealed) return null;
    if (!sealed.beside && !defensive.includes(sealed.purpose)) await voidOlder(sealed);
    return { secret, purpose: sealed.purpose };
  },

  /**
   * What a link is good for; null when that is nothing. It is used up by the change that it makes: that carries the link's id
   * (models/user/used-links.ts).
   */
  async find(secret: string, purpose: Purpose): Promise<ValidLink | null> {
    const { user, token } = await look(secret, purpose);
    return user && token && !isUsed(token, user) && !user.disabledAt && isGood(token, user) ? grant(token, user) : null;
  },

  /** The same of a link that did what it is for, so that who sends its form a second time can be told so; null when that did not last. */
  async findUsed(secret: string, purpose: Purpose): Promise<ValidLink | null> {
    const { user, token } = await look(secret, purpose);
    return user && token && isUsed(token, user) && token.email === user.email ? grant(token, user) : null;
  },

  /** Notes that a link did what it is for. */
  async noteUse(link: Types.ObjectId | string): Promise<void> {
    await mailedLinks.updateOne({ _id: link, usedAt: null }, { $set: { usedAt: new Date() } });
  },

  /** Removes the links of a person that a change made void: those from before this epoch, unless they were used or protect the account. */
  async dropOutdated(user: Types.ObjectId, epoch: number): Promise<void> {
    const purpose = trusted({ $nin: defensive });
    await mailedLinks.deleteMany({ user, epoch: trusted({ $lt: epoch }), purpose, usedAt: null });
  },

  /** The address that a person has asked to change to and not confirmed yet, or null. */
  async pendingEmail(user: { id: string; sessionEpoch: number }): Promise<string | null> {
    const { id, sessionEpoch: epoch } = user;
    const pending = { user: new Types.ObjectId(id), purpose: "email-change", epoch, usedAt: null } as const;
    const found = await mailedLinks.findOne({ ...pending, expiresAt: trusted({ $gt: new Date() }) }).lean<Stored>();
    return found?.email ?? null;
  },

  /** Removes links of a person: those of one purpose, or all; false when there was none. */
  async revoke(user: Types.ObjectId, purpose?: Purpose): Promise<boolean> {
    return (await mailedLinks.deleteMany({ user, ...(purpose && { purpose }) })).deletedCount > 0;
  },
});

/** Removes older links. Ids of `deriveOnceId` tell the second, not the order within it, so that the time until which a link works decides. */
const voidOlder = ({ _id, user, purpose, expiresAt }: Stored) => {
  const older = [{ expiresAt: { $lt: expiresAt } }, { expiresAt, _id: { $lt: _id } }];
  return mailedLinks.collection.deleteMany({ user, purpose, usedAt: null, $or: older });
};

type Single = { _id: Types.ObjectId; user: Types.ObjectId; purpose: Purpose; single: true };

/**
 * Puts a link in the place of the one before, under another id: a mail that waits to be written must not get its secret. A
 * follow-up that runs again finds the link that it made, which a mail may name already.
 */
async function replace(token: Single): Promise<string> {
  const { _id, user, purpose } = token;
  for (;;) {
    await mailedLinks.deleteMany({ user, purpose, _id: trusted({ $ne: _id }) });
    try {
      await writeOnce(() => mailedLinks.create(token));
      return String(_id);
    } catch (error) {
      if (!isDuplicate(error, "purpose")) throw error; // another took the place in between
    }
  }
}

async function look(secret: string, purpose: Purpose) {
  const token = await mailedLinks.findOne(living(secret, purpose)).lean<Stored>();
  return { token, user: token && (await User.findById(token.user)) };
}

const grant = ({ _id, email }: Stored, user: User): ValidLink => ({ user, email, link: _id });

/** The account knows it first, the link itself for longer. */
const isUsed = ({ _id, usedAt }: Stored, { usedLinks }: User) =>
  Boolean(usedAt) || (usedLinks ?? []).some((link) => link.equals(_id));

/** Whether a link is still about this account as it is now. */
function isGood({ purpose, email, epoch }: Stored, user: User): boolean {
  if (defensive.includes(purpose)) return user.answersTo(email);
  return epoch === user.sessionEpoch && (purpose === "email-change" || email === user.email);
}
