import { type Types, trusted } from "mongoose";
import { ApiSession } from "../../api-session.js";
import { ApiToken } from "../../api-token.js";
import { Avatar } from "../../avatar.js";
import { Device } from "../../device.js";
import { Export } from "../../export.js";
import { IdempotencyKey } from "../../idempotency-key.js";
import { Invitation } from "../../invitation.js";
import { LoginThrottle } from "../../login-throttle.js";
import { MailedLink } from "../../mailed-link.js";
import { Post } from "../../post.js";
import { Session } from "../../session.js";
import { User } from "../../user.js";
import { isDate, untouched } from "./unused.js";

const AT_ONCE = 500;
/** Accounts that an admin opened have a link that works for a week. Their user may ask for another one after that. */
const OPENED_KEPT_LONGER_MS = 14 * 86_400_000;
const BOUNDED = { maxTimeMS: 5_000 };
type Id = Types.ObjectId;
type Place = { collection: typeof User.collection; field: string };

const of = ({ collection }: { collection: unknown }, field = "user") => ({ collection, field }) as Place;
/** Data that an unused registration should not have. */
const further = () => [
  ...[ApiSession, ApiToken, IdempotencyKey, Device, Export, Avatar].map((model) => of(model)),
  of(Session, "session.passport.user"),
  of(Post, "author"),
  of(Invitation, "acceptedBy"),
];

/** Registrations that were never confirmed or used. A few database commands delete many of them. */
export const abandonedSignUps = {
  /** Lists the ids of some registrations from before this time, oldest first. */
  async list(before: Date): Promise<Id[]> {
    const ways = [{ passwordHash: { $exists: true } }, { "passkeys.0": { $exists: true } }];
    const registered = { passwordChangeRequiredAt: null, $or: ways };
    const earlier = new Date(before.getTime() - OPENED_KEPT_LONGER_MS);
    const abandoned = { ...untouched, createdAt: { $lt: before }, $or: [registered, { createdAt: { $lt: earlier } }] };
    const options = { projection: { _id: 1 }, limit: AT_ONCE, ...BOUNDED };
    const found = await User.collection.find(abandoned, options).sort({ createdAt: 1 }).toArray();
    return found.map(({ _id }) => _id);
  },

  /**
   * Starts to delete these registrations, as `startSignUpRemoval` does for one. Returns the ids that are still unused.
   */
  async begin(ids: Id[], now = new Date()): Promise<Id[]> {
    const those = { _id: { $in: ids }, ...untouched };
    const deletion = { dueAt: now, posts: "remove", begunAt: now };
    const begun = { $set: { deletion, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    await User.collection.updateMany({ ...those, "deletion.begunAt": null }, begun);
    const projection = { projection: { _id: 1 }, ...BOUNDED };
    const found = await User.collection.find({ ...those, "deletion.begunAt": isDate }, projection).toArray();
    return found.map(({ _id }) => _id);
  },

  /** Returns the registrations with other data than a registration has. That data must be deleted first. */
  async withMore(ids: Id[]): Promise<User[]> {
    const found = await Promise.all(
      further().map(({ collection, field }) => collection.distinct(field, { [field]: { $in: ids } })),
    );
    return User.find({ _id: trusted({ $in: found.flat() as Id[] }) });
  },

  /** Deletes the registrations with the data that every registration has. */
  async remove(ids: Id[]): Promise<void> {
    await MailedLink.deleteMany({ user: trusted({ $in: ids }) });
    await LoginThrottle.drop(...ids.map(String));
    await User.deleteMany({ _id: trusted({ $in: ids }) });
  },
};
