import { type Types, trusted } from "mongoose";
import { ApiSession } from "../../api-session.js";
import { ApiToken } from "../../api-token.js";
import { AuditEvent } from "../../audit-event.js";
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
const BOUNDED = { maxTimeMS: 5_000 };
type Id = Types.ObjectId;
type Place = { collection: typeof User.collection; field: string };

const of = ({ collection }: { collection: unknown }, field = "user") => ({ collection, field }) as Place;
/** Where an account has what a sign-up that nobody used should not have. */
const further = () => [
  ...[ApiSession, ApiToken, IdempotencyKey, Device, Export, Avatar].map((model) => of(model)),
  of(Session, "session.passport.user"),
  of(Post, "author"),
  of(Invitation, "acceptedBy"),
];

/** Sign-ups that were never confirmed, and never used while that was not asked for. Many are removed by a few commands. */
export const abandonedSignUps = {
  /** The ids of some from before this time, oldest first. */
  async list(before: Date): Promise<Id[]> {
    const abandoned = { ...untouched, createdAt: { $lt: before } };
    const options = { projection: { _id: 1 }, limit: AT_ONCE, ...BOUNDED };
    const found = await User.collection.find(abandoned, options).sort({ createdAt: 1 }).toArray();
    return found.map(({ _id }) => _id);
  },

  /** Begins to delete these, as `startSignUpRemoval` does one; answers those that nobody has used since they were listed. */
  async begin(ids: Id[], now = new Date()): Promise<Id[]> {
    const those = { _id: { $in: ids }, ...untouched };
    const deletion = { dueAt: now, posts: "remove", begunAt: now };
    const begun = { $set: { deletion, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    await User.collection.updateMany({ ...those, "deletion.begunAt": null }, begun);
    const projection = { projection: { _id: 1 }, ...BOUNDED };
    const found = await User.collection.find({ ...those, "deletion.begunAt": isDate }, projection).toArray();
    return found.map(({ _id }) => _id);
  },

  /** Those of them that have more than a sign-up has: what is theirs is to be removed first. */
  async withMore(ids: Id[]): Promise<User[]> {
    const found = await Promise.all(
      further().map(({ collection, field }) => collection.distinct(field, { [field]: { $in: ids } })),
    );
    return User.find({ _id: trusted({ $in: found.flat() as Id[] }) });
  },

  /** Removes them with what every sign-up has. */
  async remove(ids: Id[]): Promise<void> {
    await MailedLink.deleteMany({ user: trusted({ $in: ids }) });
    await LoginThrottle.drop(...ids.map(String));
    await AuditEvent.forget(...ids);
    await User.deleteMany({ _id: trusted({ $in: ids }) });
  },
};
