import { type InferSchemaType, model, Types, trusted } from "mongoose";
import type { Grant } from "../definitions/roles.js";
import { REACH } from "../lib/pagination.js";
import { digest } from "../lib/secrets.js";
import { invitationSchema } from "./invitation/schema.js";
import { createLinkSecret, createUnknownHash } from "./mailed-link/one-time-secret.js";
import { insertOnce, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";
import { isDate } from "./user/register/unused.js";

const DAYS = 86_400_000;
/** Time for which an invitation can be accepted. */
const GOOD_FOR_MS = 7 * DAYS;
/** Time for which the list shows an invitation after it was sent. */
const LISTED_FOR_MS = 90 * DAYS;
/** An acceptance that is unfinished after a minute was interrupted. The invitation can then be accepted again. */
const CUT_OFF_AFTER_MS = 60_000;
const PAGE = 20;
const WITHIN_MS = 5_000;

const invitations = model("Invitation", invitationSchema);
export type Invitation = InferSchemaType<typeof invitationSchema> & { _id: Types.ObjectId };

const pending = () => ({ acceptedAt: null, revokedAt: null, expiresAt: trusted({ $gt: new Date() }) });
const open = () => ({ ...pending(), outdatedAt: null });
const cutOff = () => ({ "taken.at": trusted({ $lt: new Date(Date.now() - CUT_OFF_AFTER_MS), ...isDate }) });
/**
 * Matches invitations that no account has claimed, whose claim was interrupted, or that `by` has claimed (a repeated
 * request).
 */
const untaken = (by?: Types.ObjectId) =>
  trusted({ $or: [{ taken: null }, cutOff(), ...(by ? [{ "taken.by": by }] : [])] });
const unused = (_id: Types.ObjectId) => ({ _id, acceptedAt: null, revokedAt: null, ...untaken() });
const within = (domains: string[] | null) =>
  domains && { domain: trusted({ $in: domains.map((id) => new Types.ObjectId(id)) }) };
type Once = { _id?: Types.ObjectId; entry?: OutboxEntry };
const changed = async (which: object, update: object) => (await invitations.updateOne(which, update)).matchedCount > 0;

/** Fields that change each time the invitation is sent. Earlier links become invalid. */
function sent(invitedBy: Types.ObjectId) {
  const [sentAt, now] = [new Date(), Date.now()];
  const times = { sentAt, expiresAt: new Date(now + GOOD_FOR_MS), dropAt: new Date(now + LISTED_FOR_MS) };
  return { ...times, hash: createUnknownHash(), invitedBy };
}

/** Invitations: who was invited, by whom, and with what result (docs/decisions/0017-invitations.md). */
export const Invitation = Object.assign(invitations, {
  /** Prepares an invitation. `revealForMail` creates its secret when the email is rendered. */
  async prepare(email: string, { role, domain }: Grant, invitedBy: string, once: Once = {}): Promise<Invitation> {
    const one = { email, role, domain: domain && new Types.ObjectId(domain), ...sent(new Types.ObjectId(invitedBy)) };
    const { _id = new Types.ObjectId(), entry } = once;
    return (await insertOnce(invitations, { _id, ...one, ...withEntry(entry) })).document.toObject() as Invitation;
  },

  /**
   * Prepares the invitation again, for 7 days from now, with this user as the sender. Returns false if it has ended or
   * is being accepted.
   */
  async prepareAgain(id: Types.ObjectId, invitedBy: string, entry: OutboxEntry): Promise<boolean> {
    const $set = { ...sent(new Types.ObjectId(invitedBy)), taken: null, outdatedAt: null };
    return writeWithEntry(invitations.collection, unused(id), { $set, ...pushEntry(entry) }, entry);
  },

  /**
   * Creates the secret of a prepared invitation. Only the email contains it. Returns null if the invitation has ended.
   */
  async revealForMail(id: string): Promise<string | null> {
    const { secret, update } = createLinkSecret();
    return (await changed({ _id: id, ...open() }, update)) ? secret : null;
  },

  /** Finds the open invitation to which a link belongs, or returns null. */
  async findOpen(secret: string): Promise<Invitation | null> {
    return invitations.findOne({ hash: digest(secret), ...open() }).lean<Invitation>();
  },

  /** Finds the invitation of a link that was used: it is accepted, or an account is just accepting it. */
  async findUsed(secret: string): Promise<Pick<Invitation, "_id" | "acceptedBy" | "taken"> | null> {
    const valid = { hash: digest(secret), revokedAt: null, expiresAt: trusted({ $gt: new Date() }) };
    const isSet = trusted({ $ne: null });
    const used = trusted({ $or: [{ acceptedBy: isSet }, { taken: isSet }] });
    return invitations.findOne({ ...valid, ...used }, { acceptedBy: 1, taken: 1 }).lean<Invitation>();
  },

  /** Returns true if this email has a pending invitation to the domain (null: to the site). */
  async isPending(email: string, domain: string | null): Promise<boolean> {
    return (await invitations.exists({ email, domain, ...pending() })) !== null;
  },

  /** Returns true if the invitation has not ended. An account may be accepting it. */
  async isOpen(_id: Types.ObjectId): Promise<boolean> {
    return (await invitations.exists({ _id, ...open() })) !== null;
  },

  /**
   * Makes the links of an email to a domain (null: to the site) invalid. Call it before each write that takes a role in that
   * place from the owner of the email: otherwise an earlier link would give it back.
   *
   * Example: Ada accepts an invitation while an admin removes her. Her request reads her roles, and then whether the
   * invitation is still open; its write compares the roles as read.
   *
   * 1. It has read her roles before the admin's write: its own write either comes before that too, or fails and reads again.
   * 2. It has read them after: it sees that the invitation is outdated.
   */
  async markOutdated(email: string, domain: Types.ObjectId | null): Promise<void> {
    await invitations.updateMany({ email, domain, ...open() }, { $set: { outdatedAt: new Date() } });
  },

  /**
   * Returns true if a sent invitation can no longer be accepted, because it was revoked or accepted, or has expired.
   */
  async isOver(id: Types.ObjectId): Promise<boolean> {
    const found = await invitations.findById(id, { acceptedAt: 1, revokedAt: 1, expiresAt: 1 }).lean<Invitation>();
    return found !== null && Boolean(found.revokedAt ?? found.acceptedAt ?? found.expiresAt <= new Date());
  },

  /**
   * Reserves the invitation for one account until the acceptance is finished. Only one of several concurrent callers
   * succeeds.
   * @returns false if another account was faster, or the invitation has ended
   */
  async claim(id: Types.ObjectId, by: Types.ObjectId): Promise<boolean> {
    const taken = { by, at: new Date() };
    return changed({ _id: id, ...open(), ...untaken(by) }, { $set: { taken } });
  },

  /** Releases the reservation, because the acceptance failed. */
  async unclaim(id: Types.ObjectId, by: Types.ObjectId): Promise<void> {
    await changed({ _id: id, "taken.by": by, acceptedAt: null }, { $set: { taken: null } });
  },

  /** Marks the invitation as accepted and removes the reservation. */
  async markAccepted(id: Types.ObjectId | string, by: Types.ObjectId): Promise<void> {
    const $set = { acceptedAt: new Date(), acceptedBy: by, taken: null };
    await changed({ _id: id, acceptedAt: null }, { $set });
  },

  /** Revokes the invitation. Returns false if it has ended or is being accepted. */
  revoke(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { revokedAt: new Date(), taken: null }, ...pushEntry(entry) };
    return writeWithEntry(invitations.collection, unused(id), update, entry);
  },

  async isRevoked(_id: Types.ObjectId): Promise<boolean> {
    return (await invitations.exists({ _id, revokedAt: trusted({ $ne: null }) })) !== null;
  },

  /** Lists up to 50 invitations whose acceptance was interrupted, oldest first. */
  async listCutOff(but: Types.ObjectId[] = []): Promise<Invitation[]> {
    return invitations
      .find({ ...cutOff(), _id: trusted({ $nin: but }) })
      .sort({ "taken.at": 1 })
      .limit(50)
      .lean<Invitation[]>();
  },

  async deleteAcceptedBy(user: Types.ObjectId): Promise<void> {
    await invitations.deleteMany({ acceptedBy: user });
  },

  /**
   * Returns one page of invitations, newest first.
   * @param domains only invitations to these domains; null for all
   * @param before `older` of the previous page
   */
  async list(domains: string[] | null, before?: string, { size = PAGE, skip = 0 } = {}) {
    const from = before ? { _id: trusted({ $lt: new Types.ObjectId(before) }) } : {};
    const found = await invitations
      .find({ ...within(domains), ...from })
      .sort({ _id: -1 })
      .skip(skip)
      .limit(size + 1)
      .maxTimeMS(WITHIN_MS)
      .lean<Invitation[]>();
    const page = found.slice(0, size);
    return { page, older: found.length > size ? String(page.at(-1)?._id) : null };
  },

  /** Counts the invitations to these domains (null: all), up to REACH. */
  async count(domains: string[] | null): Promise<number> {
    const hint = domains ? { domain: 1, _id: -1 } : { _id: 1 };
    return invitations.countDocuments(within(domains) ?? {}, { hint, limit: REACH, maxTimeMS: WITHIN_MS });
  },
});
