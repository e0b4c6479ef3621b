import { Schema, type Types } from "mongoose";
import type { Role } from "../../../definitions/roles.js";
import type { OutboxEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { buildIntruderStages, withoutFactors } from "../credentials/factors.js";
import { matchEpoch } from "../register/unused.js";
import {
  type AccountOutcome,
  addGrant,
  type NewGrant,
  notASuperadmin,
  type StoredGrant,
  unlessLastSuperadmin,
} from "../roles.js";
import { buildSearchStages } from "../search/terms.js";
import { chosenByUser } from "../status.js";
import { appendCause, type Cause, isUnused, pushCause } from "../used-links.js";
import {
  findRecoveryEmail,
  isRemovedByReport,
  keepUnlessPrimary,
  removeRecent,
  restoreRecoveryEmail,
  type WithRecoveryEmail,
} from "./recovery-email.js";
import { changeAddress as change, type EmailOutcome, MAY_RETURN_MS } from "./write.js";

export type { EmailOutcome } from "./write.js";

/**
 * Maximum number of previous emails. The oldest ones are kept, so that repeated changes cannot displace the first one.
 */
const MOST_FORMER = 5;

/** A previous email that can still be restored. */
export const formerEmail = new Schema(
  { email: { type: String, required: true }, until: { type: Date, required: true } },
  { _id: false },
);

type Former = { email: string; until: Date };
type Account = WithRecoveryEmail & { formerEmails: Iterable<Former>; roles: Iterable<StoredGrant> };

/** The proof that the user owns an email, with an optional new password. */
type Proof = Cause & { passwordHash?: string | undefined };

const proven = { $type: "date" } as const;
const former = { $ifNull: ["$formerEmails", []] };
const nextEpoch = { $add: [{ $ifNull: ["$sessionEpoch", 0] }, 1] };

/** Returns true if this is the current email, or a previous one that can be restored. */
const isPrimary = ({ email: current, formerEmails }: Account, email: string) =>
  email === current || [...formerEmails].some((one) => one.email === email && one.until > new Date());

/** Keeps or restores this email, ends all sessions, and undoes later changes of the addresses. */
const restore = (account: Account, email: string, cause: Cause, also: Also = {}): Promise<EmailOutcome> =>
  isPrimary(account, email)
    ? restorePrimary(account, email, cause, also)
    : restoreByRecovery(account, email, cause, also);

/** Further fields and stages of the same write. */
type Also = { more?: object; stages?: object[] };

/** Sets this email if it is the current one or can be restored. */
function restorePrimary(
  account: Account,
  email: string,
  cause: Cause,
  { more, stages = [] }: Also,
): Promise<EmailOutcome> {
  const now = new Date();
  const mayReturn = { formerEmails: { $elemMatch: { email, until: { $gt: now } } } };
  const text = { $literal: email }; // an email may begin with "$"
  const place = { $indexOfArray: [{ $map: { input: former, in: "$$this.email" } }, text] };
  const before = { $cond: [{ $lt: [place, 0] }, former, { $slice: [former, place] }] };
  const emailConfirmedAt = { $cond: [{ $eq: ["$email", text] }, "$emailConfirmedAt", now] };
  const found = { email: text, emailConfirmedAt, formerEmails: before, sessionEpoch: nextEpoch };
  const $set = { ...found, ...removeRecent(text, now), ...more, ...appendCause(cause) };
  const update = [{ $set }, ...stages, ...buildSearchStages({ email })];
  return change(account, update, { disabledAt: null, $or: [{ email }, mayReturn] }, cause);
}

/**
 * Keeps or restores this recovery email. Also restores the primary email from before the first change that was made since
 * the recovery email was confirmed. Example: Bob's password is stolen, and his primary mailbox is full. The intruder changes the
 * primary email and removes the recovery email. The link in Bob's other mailbox restores both.
 */
async function restoreByRecovery(
  account: Account,
  address: string,
  cause: Cause,
  { more, stages = [] }: Also,
): Promise<EmailOutcome> {
  const now = new Date();
  const found = findRecoveryEmail(account, address);
  if (!found) return "stale";
  const { place, email } = findEarlierPrimary(account, found.since);
  const isRestored = place >= 0;
  const primary = {
    email: { $literal: email },
    emailConfirmedAt: now,
    formerEmails: place === 0 ? [] : { $slice: [former, place] },
  };
  const $set = {
    ...(isRestored && primary),
    ...restoreRecoveryEmail(address, now),
    sessionEpoch: nextEpoch,
    ...more,
    ...appendCause(cause),
  };
  const update = [{ $set }, ...stages, ...(isRestored ? buildSearchStages({ email }) : [])];
  const mayReturn = { "formerRecoveryEmail.address": address, "formerRecoveryEmail.until": { $gt: now } };
  const asKnown = { email: account.email, ...matchEpoch(account.sessionEpoch), disabledAt: null };
  return change(account, update, { ...asKnown, $or: [{ "recoveryEmail.address": address }, mayReturn] }, cause);
}

/** Returns the primary email before the first change since this time, and its place; the current one if there is none. */
function findEarlierPrimary({ email, formerEmails }: Account, since: Date): { place: number; email: string } {
  const list = [...formerEmails];
  const place = list.findIndex(({ until }) => until > new Date() && until.getTime() - MAY_RETURN_MS >= since.getTime());
  return { place, email: list[place]?.email ?? email };
}

/** Replaces an unconfirmed email. */
function replaceUnproven(account: Account, to: object, email: string, cause: Cause): Promise<AccountOutcome> {
  const update = [{ $set: { ...to, ...appendCause(cause) } }, ...buildSearchStages({ email })];
  const asKnown = { ...asUnproven(account), ...notASuperadmin(account) };
  return unlessLastSuperadmin(account, async () => (await change(account, update, asKnown, cause)) === "done");
}

const asUnproven = ({ email }: Pick<Account, "email">) => ({ email, emailConfirmedAt: null, disabledAt: null });
const corrected = (email: string) => ({ email: { $literal: email }, roles: [], sessionEpoch: nextEpoch });

/** An account whose email is about to change. */
export type Addressed = Pick<Account, "email" | "roles"> & { emailConfirmedAt?: Date | null };
/** Parts of a write. */
type Parts = { condition: object; stages: object[] };

/**
 * Returns the parts of a write that an admin's change of the email adds: an unconfirmed email is replaced as by
 * `correctEmail`, a confirmed one stays until the new one is confirmed. The account must still be enabled.
 */
export function buildEmailChange(account: Addressed, email: string): Parts {
  if (account.emailConfirmedAt) {
    const condition = { email: account.email, emailConfirmedAt: proven, disabledAt: null };
    return { condition, stages: [{ $set: { updatedAt: "$$NOW" } }] }; // so that of two requests with one version, one succeeds
  }
  const stages = [{ $set: corrected(email) }, ...buildSearchStages({ email })];
  return { condition: { ...asUnproven(account), ...notASuperadmin(account) }, stages };
}

const findRoles = (which: object) =>
  getUserCollection().findOne<{ roles?: StoredGrant[] }>(which, { projection: { roles: 1 } });

/** Methods that change a user's email. Each makes one atomic write (docs/decisions/0011-links-that-work-once.md). */
export const emailMethods = {
  /**
   * Returns true if links to this email belong to this account: it is the current email or the recovery email, or a
   * previous one that can be restored.
   */
  answersTo(this: Account, email: string): boolean {
    return isPrimary(this, email) || findRecoveryEmail(this, email) !== null;
  },

  /** Returns true if this is the primary email or the recovery email. */
  hasEmail(this: Account, email: string): boolean {
    return email === this.email || email === this.recoveryEmail?.address;
  },

  /** Returns true if `restoreEmail` and `takeBack` with this email remove the recovery email. */
  losesRecoveryEmail(this: Account & { emailConfirmedAt?: Date | null }, email: string): boolean {
    return isPrimary(this, email) && isRemovedByReport(this, email);
  },

  /** Returns the primary email of the account after `restoreEmail` or `takeBack` with this one. */
  getRestored(this: Account, email: string): string {
    const found = isPrimary(this, email) ? null : findRecoveryEmail(this, email);
    return found ? findEarlierPrimary(this, found.since).email : email;
  },

  /**
   * Confirms the email and ends all earlier sessions. Returns "stale" if it is already confirmed, or if the account has
   * changed since it was read.
   * @param by.passwordHash hash of a new password, if another person may have registered the account; the passkeys and
   * other factors are then removed, because they may be theirs
   */
  confirmEmail(this: Account, email: string, { passwordHash, ...cause }: Proof = {}): Promise<EmailOutcome> {
    const taken = passwordHash && { ...withoutFactors.$set, ...chosenByUser(passwordHash) };
    const $set = { emailConfirmedAt: new Date(), ...taken };
    const update = { $inc: { sessionEpoch: 1 }, ...(taken && withoutFactors), $set, ...pushCause(cause) };
    const asKnown = { email, emailConfirmedAt: null, ...matchEpoch(this.sessionEpoch), disabledAt: null };
    return change(this, update, asKnown, cause);
  },

  /**
   * Grants a role through an invitation sent to the user's email, unless the user has a higher one in its domain.
   * Confirms the email in the same write, if necessary. Returns "stale" if the invitation was already used, or if the
   * account has changed since it was read.
   * @param by.entryFor makes the follow-up from the previous role in that place (null: none); called after the roles were
   * read; returns null if the invitation has ended
   */
  async acceptInvitation(
    this: Account & { emailConfirmedAt?: Date | null },
    given: NewGrant | null,
    { link, entryFor }: { link: Types.ObjectId; entryFor: (held: Role | null) => Promise<OutboxEntry | null> },
  ): Promise<EmailOutcome> {
    const isFirstProof = !this.emailConfirmedAt;
    const proof = isFirstProof && { emailConfirmedAt: new Date() };
    const state = { emailConfirmedAt: isFirstProof ? null : proven, ...matchEpoch(this.sessionEpoch) };
    const asKnown = { ...state, email: this.email, disabledAt: null };
    for (;;) {
      const read = await findRoles({ _id: this._id, ...isUnused({ link }), ...asKnown });
      if (!read) return "stale";
      const { held, after } = addGrant(read.roles ?? [], given);
      const set = { ...proof, ...(after && { roles: after }) };
      const entry = await entryFor(held);
      if (!entry) return "stale";
      const cause = { entry, link };
      const update = {
        ...(Object.keys(set).length > 0 && { $set: set }),
        ...(isFirstProof && { $inc: { sessionEpoch: 1 } }),
        ...pushCause(cause),
      };
      const outcome = await change(this, update, { ...asKnown, roles: read.roles ?? { $exists: false } }, cause);
      if (outcome !== "stale") return outcome; // otherwise the roles have changed since they were read
    }
  },

  /**
   * Corrects an unconfirmed email and ends all sessions. Also revokes all roles, because they were granted to the old
   * email. Returns something other than "done" if the email is confirmed, or if the user is the last superadmin.
   */
  correctEmail(this: Account, email: string, cause: Cause = {}): Promise<AccountOutcome> {
    return replaceUnproven(this, corrected(email), email, cause);
  },

  /** Removes the email, because another account has confirmed it. The account stays, without email and roles. */
  async loseEmail(this: Account, cause: Cause = {}): Promise<boolean> {
    return (await replaceUnproven(this, { email: "", roles: [] }, "", cause)) === "done";
  },

  /**
   * Sets a new email that a mailed link has confirmed, and ends all sessions. The old email can be restored for some
   * time. If the new one was the recovery email, the account has none afterwards.
   */
  changeEmail(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    const now = new Date();
    const stillMay = { $filter: { input: former, cond: { $gt: ["$$this.until", now] } } };
    const left = { email: "$email", until: new Date(now.getTime() + MAY_RETURN_MS) };
    const formerEmails = { $slice: [{ $concatArrays: [stillMay, [left]] }, MOST_FORMER] };
    const changed = { email: { $literal: email }, emailConfirmedAt: now, formerEmails, sessionEpoch: nextEpoch };
    const $set = { ...changed, ...keepUnlessPrimary({ $literal: email }), ...appendCause(cause) };
    const update = [{ $set }, ...buildSearchStages({ email })];
    const asKnown = { email: this.email, ...matchEpoch(this.sessionEpoch) };
    return change(this, update, { ...asKnown, emailConfirmedAt: proven, disabledAt: null }, cause);
  },

  /**
   * Keeps or restores this email and ends all sessions. Later emails of the account cannot be restored, and a recovery
   * email of the last 72 hours is removed, because an intruder may have set them.
   */
  restoreEmail(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    return restore(this, email, cause);
  },

  /**
   * Like `restoreEmail`, for an account that an intruder has taken over: also removes the password and the second
   * factors that the intruder may have added, and cancels the deletion.
   */
  takeBack(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    const more = { passwordHash: "$$REMOVE", deletion: null };
    return restore(this, email, cause, { more, stages: buildIntruderStages(cause.link) });
  },
};
