import { type InferSchemaType, model, Types, trusted } from "mongoose";
import type { Grant } from "../definitions/roles.js";
import { digest } from "../lib/secrets.js";
import { invitationSchema } from "./invitation/schema.js";
import { createLinkSecret, createUnknownHash } from "./mailed-link/one-time-secret.js";
import { insertOnce, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";
import { isDate } from "./user/register/unused.js";

const DAYS = 86_400_000;
/** How long an invitation is good. */
const GOOD_FOR_MS = 7 * DAYS;
/** How long the list knows of it, from when it was sent. */
const LISTED_FOR_MS = 90 * DAYS;
/** Whoever accepts and is not done by now was cut off; then the invitation can be accepted anew. */
const CUT_OFF_AFTER_MS = 60_000;
const PAGE = 20;

const invitations = model("Invitation", invitationSchema);
export type Invitation = InferSchemaType<typeof invitationSchema> & { _id: Types.ObjectId };

const open = () => ({ acceptedAt: null, revokedAt: null, expiresAt: trusted({ $gt: new Date() }) });
const cutOff = () => ({ "taken.at": trusted({ $lt: new Date(Date.now() - CUT_OFF_AFTER_MS), ...isDate }) });
/** Free, or cut off, or kept for the same account: then a request is sent again. */
const untaken = (by?: Types.ObjectId) =>
  trusted({ $or: [{ taken: null }, cutOff(), ...(by ? [{ "taken.by": by }] : [])] });
const unused = (_id: Types.ObjectId) => ({ _id, acceptedAt: null, revokedAt: null, ...untaken() });
type Once = { _id?: Types.ObjectId; entry?: OutboxEntry };
const changed = async (which: object, update: object) => (await invitations.updateOne(which, update)).matchedCount > 0;

/** When it is sent, or sent again. Links from before are worth nothing then. */
function sent(invitedBy: Types.ObjectId) {
  const [sentAt, now] = [new Date(), Date.now()];
  const times = { sentAt, expiresAt: new Date(now + GOOD_FOR_MS), dropAt: new Date(now + LISTED_FOR_MS) };
  return { ...times, hash: createUnknownHash(), invitedBy };
}

/** Who was asked in, by whom, and what came of it (docs/decisions/0017-invitations.md). */
export const Invitation = Object.assign(invitations, {
  /** Prepares an invitation; `revealForMail` makes its secret when the mail is written. */
  async prepare(email: string, { role, domain }: Grant, invitedBy: string, once: Once = {}): Promise<Invitation> {
    const one = { email, role, domain: domain && new Types.ObjectId(domain), ...sent(new Types.ObjectId(invitedBy)) };
    const { _id = new Types.ObjectId(), entry } = once;
    return (await insertOnce(invitations, { _id, ...one, ...withEntry(entry) })).document.toObject() as Invitation;
  },

  /** The same once more, for another 7 days, in the name of the user who sends it now. False when it has ended, or is being accepted. */
  async prepareAgain(id: Types.ObjectId, invitedBy: string, entry: OutboxEntry): Promise<boolean> {
    const $set = { ...sent(new Types.ObjectId(invitedBy)), taken: null };
    return writeWithEntry(invitations.collection, unused(id), { $set, ...pushEntry(entry) }, entry);
  },

  /** Makes the secret of a prepared one, so that it is nowhere but in the mail; null when it is over by now. */
  async revealForMail(id: string): Promise<string | null> {
    const { secret, update } = createLinkSecret();
    return (await changed({ _id: id, ...open() }, update)) ? secret : null;
  },

  /** What a link is good for; null when it is good for nothing. */
  async findOpen(secret: string): Promise<Invitation | null> {
    return invitations.findOne({ hash: digest(secret), ...open() }).lean<Invitation>();
  },

  /** The account that accepted by this link before; null when none did. */
  async findAccepted(secret: string): Promise<Types.ObjectId | null> {
    const accepted = { hash: digest(secret), revokedAt: null, expiresAt: trusted({ $gt: new Date() }) };
    const found = await invitations.findOne({ ...accepted, acceptedBy: trusted({ $ne: null }) }).lean<Invitation>();
    return found?.acceptedBy ?? null;
  },

  /** Whether somebody was asked into this domain (null: the site) already, and may still come. */
  async isPending(email: string, domain: string | null): Promise<boolean> {
    return (await invitations.exists({ email, domain, ...open() })) !== null;
  },

  /** Whether it was sent once and nobody can accept it any more: it was revoked or accepted, or has expired. */
  async isOver(id: Types.ObjectId): Promise<boolean> {
    const found = await invitations.findById(id, { acceptedAt: 1, revokedAt: 1, expiresAt: 1 }).lean<Invitation>();
    return found !== null && Boolean(found.revokedAt ?? found.acceptedAt ?? found.expiresAt <= new Date());
  },

  /**
   * Keeps it for one account: of any number that accept at once, one. It is over when that is settled.
   * @returns false when another was faster, or it is over
   */
  async claim(id: Types.ObjectId, by: Types.ObjectId): Promise<boolean> {
    const taken = { by, at: new Date() };
    return changed({ _id: id, ...open(), ...untaken(by) }, { $set: { taken } });
  },

  /** Gives it back, for nothing came of it. */
  async unclaim(id: Types.ObjectId, by: Types.ObjectId): Promise<void> {
    await changed({ _id: id, "taken.by": by, acceptedAt: null }, { $set: { taken: null } });
  },

  /** It is accepted, and nobody's any more. */
  async markAccepted(id: Types.ObjectId | string, by: Types.ObjectId): Promise<void> {
    const $set = { acceptedAt: new Date(), acceptedBy: by, taken: null };
    await changed({ _id: id, acceptedAt: null }, { $set });
  },

  /** Makes it void. False when it is over, or being accepted at this moment. */
  revoke(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { revokedAt: new Date(), taken: null }, ...pushEntry(entry) };
    return writeWithEntry(invitations.collection, unused(id), update, entry);
  },

  async isRevoked(_id: Types.ObjectId): Promise<boolean> {
    return (await invitations.exists({ _id, revokedAt: trusted({ $ne: null }) })) !== null;
  },

  /** Some of those whose acceptance was cut off, those that wait longest first. */
  async listCutOff(): Promise<Invitation[]> {
    return invitations.find(cutOff()).sort({ "taken.at": 1 }).limit(50).lean<Invitation[]>();
  },

  /** Those that were accepted by an account go with it. */
  async deleteAcceptedBy(user: Types.ObjectId): Promise<void> {
    await invitations.deleteMany({ acceptedBy: user });
  },

  /** The newest first. @param domains into these only. @param before `older` of the page before */
  async list(domains: string[] | null, before?: string) {
    const within = domains && { domain: trusted({ $in: domains.map((id) => new Types.ObjectId(id)) }) };
    const from = before ? { _id: trusted({ $lt: new Types.ObjectId(before) }) } : {};
    const found = await invitations
      .find({ ...within, ...from })
      .sort({ _id: -1 })
      .limit(PAGE + 1)
      .lean<Invitation[]>();
    const page = found.slice(0, PAGE);
    return { page, older: found.length > PAGE ? String(page.at(-1)?._id) : null };
  },
});
