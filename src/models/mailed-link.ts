import { type InferSchemaType, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { digest } from "../lib/secrets.js";
import { createLinkSecret, createUnknownHash } from "./mailed-link/one-time-secret.js";
import { defensive, linkLifetimes, mailedLinks, type Purpose, toNewAddress } from "./mailed-link/schema.js";
import { deriveOnceId, runOnce, writeOnce } from "./outbox/once.js";
import { User } from "./user.js";

export { type Purpose, purposes, toNewAddress } from "./mailed-link/schema.js";

type Issue = {
  purpose: Purpose;
  user: { _id: Types.ObjectId; sessionEpoch: number };
  email: string;
  /** Keeps older links valid, because the user did not request this one. */
  beside?: boolean;
  /** How long the link is valid, if not as long as is usual for its purpose. */
  lifetimeMs?: number;
};
type Account = { id: string; sessionEpoch: number };
type ToNewAddress = "email-change" | "recovery-email";
type Stored = InferSchemaType<typeof mailedLinks.schema> & { _id: Types.ObjectId };
/** A valid link: its user, its email, and its id. The change that the link causes stores the id. */
export type ValidLink = { user: User; email: string; link: Types.ObjectId };

const living = (secret: string, purpose: Purpose) => ({
  hash: digest(secret),
  purpose,
  expiresAt: trusted({ $gt: new Date() }),
});

/** Links in emails (ASVS V6.5, V6.6.2). Each is for one purpose, one user and one email, works once, and expires. */
export const MailedLink = Object.assign(mailedLinks, {
  /** Prepares a link. `revealForMail` creates its secret when the email is rendered. @returns the link's id */
  async issue({ purpose, user, email, beside = false, lifetimeMs = linkLifetimes[purpose] }: Issue): Promise<string> {
    const { _id, sessionEpoch: epoch } = user;
    const issuedAt = new Date();
    const expiresAt = new Date(issuedAt.getTime() + lifetimeMs);
    const token = { hash: createUnknownHash(), purpose, user: _id, email, epoch, beside, issuedAt, expiresAt };
    const id = deriveLinkId({ purpose, user: _id, email }) ?? new Types.ObjectId();
    if (toNewAddress.includes(purpose)) return replace({ _id: id, ...token, single: true });
    await writeOnce(() => mailedLinks.create({ ...token, _id: id }));
    return String(id);
  },

  /**
   * Does the same work as `issue`, for an email without an account. The response time then does not reveal whether an
   * account exists. No secret is ever created.
   */
  async createDecoy({ purpose, email }: Pick<Issue, "purpose" | "email">): Promise<void> {
    const nobody = deriveOnceId("nobody", purpose, email) ?? new Types.ObjectId(); // the same id for the same form
    await this.issue({ purpose, user: { _id: nobody, sessionEpoch: 0 }, email });
  },

  /** Creates the secret of a prepared link. Only the email contains it. Returns null if the link is no longer valid. */
  async revealForMail(id: string): Promise<{ secret: string; purpose: Purpose } | null> {
    const { secret, update } = createLinkSecret();
    const condition = { _id: id, expiresAt: trusted({ $gt: new Date() }) };
    const sealed = await mailedLinks.findOneAndUpdate(condition, update).lean<Stored>();
    if (!sealed) return null;
    if (!sealed.beside && !defensive.includes(sealed.purpose)) await voidOlder(sealed);
    return { secret, purpose: sealed.purpose };
  },

  /**
   * Finds a valid link, or returns null. The change that the link causes also uses it up, by storing the link's id
   * (models/user/used-links.ts).
   */
  async find(secret: string, purpose: Purpose): Promise<ValidLink | null> {
    const { user, token } = await look(secret, purpose);
    return user && token && !isUsed(token, user) && !user.disabledAt && isGood(token, user) ? grant(token, user) : null;
  },

  /**
   * Finds a used link whose change still applies, so that a form sent twice gets the same response. Otherwise returns
   * null.
   */
  async findUsed(secret: string, purpose: Purpose): Promise<ValidLink | null> {
    const { user, token } = await look(secret, purpose);
    return user && token && isUsed(token, user) && stillApplies(token, user) ? grant(token, user) : null;
  },

  /** Records that a link was used. */
  async noteUse(link: Types.ObjectId | string): Promise<void> {
    await mailedLinks.updateOne({ _id: link, usedAt: null }, { $set: { usedAt: new Date() } });
  },

  /** Deletes a user's links from before this epoch. Keeps used links and those that protect the account. */
  async dropOutdated(user: Types.ObjectId, epoch: number): Promise<void> {
    const purpose = trusted({ $nin: defensive });
    await mailedLinks.deleteMany({ user, epoch: trusted({ $lt: epoch }), purpose, usedAt: null });
  },

  /** Returns the new email or recovery email that the user has requested but not confirmed yet, or null. */
  async pendingEmail(user: Account, purpose: ToNewAddress = "email-change"): Promise<string | null> {
    return (await findPending(user, purpose))?.email ?? null;
  },

  /** Returns the pending link to a new address, and that address; null if there is none. */
  async findPendingLink(user: Account, purpose: ToNewAddress): Promise<{ link: string; email: string } | null> {
    const found = await findPending(user, purpose);
    return found && { link: String(found._id), email: found.email };
  },

  /** Returns true if a link exists that was not used. */
  async isUnused(link: string): Promise<boolean> {
    return (await mailedLinks.exists({ _id: link, usedAt: null })) !== null;
  },

  /** Deletes a link that was not used. */
  async deleteUnused(link: string): Promise<void> {
    await mailedLinks.deleteOne({ _id: link, usedAt: null });
  },

  /**
   * Returns true if the pending link to a new address is the one that this run issued (models/outbox/once.ts). A link of another
   * run to the same address does not count: the repeated run would delete it.
   */
  async isPendingFrom(
    run: Types.ObjectId,
    user: Account,
    about: { purpose: ToNewAddress; email: string },
  ): Promise<boolean> {
    const issued = await runOnce(run, async () => deriveLinkId({ user: new Types.ObjectId(user.id), ...about }));
    return String((await findPending(user, about.purpose))?._id) === String(issued);
  },

  /** Deletes a user's links, or only those for one purpose and address. Returns false if there were none. */
  async revoke(user: Types.ObjectId, purpose?: Purpose, email?: string): Promise<boolean> {
    const which = { user, ...(purpose && { purpose }), ...(email && { email }) };
    return (await mailedLinks.deleteMany(which)).deletedCount > 0;
  },
});

/** The id of a link, if a run issues it. */
const deriveLinkId = ({ purpose, user, email }: { purpose: Purpose; user: Types.ObjectId; email: string }) =>
  deriveOnceId("token", purpose, String(user), email);

function findPending({ id, sessionEpoch: epoch }: Account, purpose: ToNewAddress): Promise<Stored | null> {
  const pending = { user: new Types.ObjectId(id), purpose, epoch, usedAt: null };
  return mailedLinks.findOne({ ...pending, expiresAt: trusted({ $gt: new Date() }) }).lean<Stored>();
}

/** Deletes older links. Ids from `deriveOnceId` are ordered only by the second, so the time of issue decides. */
const voidOlder = ({ _id, user, purpose, issuedAt, expiresAt }: Stored) => {
  const older = issuedAt
    ? [
        { issuedAt: { $lt: issuedAt } },
        { issuedAt, _id: { $lt: _id } },
        { issuedAt: null, expiresAt: { $lt: expiresAt } },
      ]
    : [
        { issuedAt: null, expiresAt: { $lt: expiresAt } },
        { issuedAt: null, expiresAt, _id: { $lt: _id } },
      ];
  return mailedLinks.collection.deleteMany({ user, purpose, usedAt: null, $or: older });
};

type Single = { _id: Types.ObjectId; user: Types.ObjectId; purpose: Purpose; single: true };

/**
 * Replaces the previous link by one with another id, because an email that is still waiting must not get the new
 * secret. A follow-up that runs again finds the link from its first run, which an email may already contain.
 */
async function replace(token: Single): Promise<string> {
  const { _id, user, purpose } = token;
  for (;;) {
    await mailedLinks.deleteMany({ user, purpose, _id: trusted({ $ne: _id }) });
    try {
      await writeOnce(() => mailedLinks.create(token));
      return String(_id);
    } catch (error) {
      if (!isDuplicate(error, "purpose")) throw error; // a concurrent request inserted one in between
    }
  }
}

async function look(secret: string, purpose: Purpose) {
  const token = await mailedLinks.findOne(living(secret, purpose)).lean<Stored>();
  return { token, user: token && (await User.findById(token.user)) };
}

const grant = ({ _id, email }: Stored, user: User): ValidLink => ({ user, email, link: _id });

/** Returns true if the link was used. The account records the use first; the link keeps the record for longer. */
const isUsed = ({ _id, usedAt }: Stored, { usedLinks }: User) =>
  Boolean(usedAt) || (usedLinks ?? []).some((link) => link.equals(_id));

/** Returns true if the link still fits the current state of the account. */
function isGood({ purpose, email, epoch }: Stored, user: User): boolean {
  if (defensive.includes(purpose)) return user.answersTo(email);
  if (epoch !== user.sessionEpoch) return false;
  if (purpose === "recovery-email") return !user.recoveryEmail;
  return purpose === "email-change" || belongs(purpose, email, user);
}

/** Returns true if the change that a used link made was not replaced by another one. */
const stillApplies = ({ purpose, email }: Stored, user: User) =>
  purpose === "recovery-email" ? email === user.recoveryEmail?.address : belongs(purpose, email, user);

/** Password resets, the recovery of a lost factor and links against intruders also work from the recovery email. */
const fromBoth: readonly Purpose[] = ["password-reset", "factor-recovery", ...defensive];
const belongs = (purpose: Purpose, email: string, user: User) =>
  fromBoth.includes(purpose) ? user.hasEmail(email) : email === user.email;
