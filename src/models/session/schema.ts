import { model, Schema, type Types } from "mongoose";
import { batchReads } from "../../lib/async/batch-loader.js";
import { indexOutbox, outboxField } from "../outbox.js";
import { lookUpRequestUser, type RequestUserFields } from "../user/request-user.js";

/** What a session remembers. Only people who signed in have one; visitors cost no write. */
export type SessionContent = {
  passport?: { user?: Types.ObjectId };
  epoch?: number;
  signedInAt?: number;
  authenticatedAt?: number;
  /** The id of the browser's entry among the person's devices. */
  device?: string;
  /** The admin who acts as the session's person, with the id and device of their own session. */
  impersonator?: { id: string; session: string; device: string };
  /** The id of the session that this one continues, when the id was changed. */
  succeeds?: string;
  /** No request has come with this id yet: its browser may know only the one before. */
  isOffered?: boolean;
  /** It goes on under another id. */
  isSucceeded?: boolean;
  [other: string]: unknown;
};

/** A session as MongoDB has it, and its person beside it. */
export type StoredSession = {
  _id: string;
  session: SessionContent;
  expires: Date;
  lastModified?: Date;
  endedAt?: Date;
  person: RequestUserFields[];
};
const schema = new Schema(
  {
    /** SHA-256 of the session id: who reads the database cannot use what they find. */
    _id: String,
    session: Object,
    expires: Date,
    lastModified: Date,
    endedAt: Date,
    /** The id of the session that it continues as. */
    succeededBy: String,
    /** What is left to do after its end (models/outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false, minimize: false },
);
indexOutbox(schema);
schema.index({ expires: 1 }, { expireAfterSeconds: 0 });
schema.index({ "session.passport.user": 1, expires: -1 });

/** All sessions; models/session.ts says what can be done with them. */
export const sessionModel = model("Session", schema);

/** No question about sessions takes longer. */
export const BOUNDED = { maxTimeMS: 5_000 };

/** Sessions with their people, many in one read; by the driver, for hydrating would double what a request costs (docs/bench). */
export const load = batchReads(async (ids) => {
  const found = await sessionModel.collection
    .aggregate<StoredSession>([{ $match: { _id: { $in: ids } } }, lookUpRequestUser("session.passport.user")], BOUNDED)
    .toArray();
  return new Map(found.map((session) => [session._id, session]));
});
