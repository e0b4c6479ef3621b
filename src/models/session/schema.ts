import { model, Schema, type Types } from "mongoose";
import { findAll } from "../find-all.js";
import { loadWithUser } from "../load-with-user.js";
import { indexOutbox, outboxField } from "../outbox.js";

/**
 * Content of a session. Only logged-in users have one, so requests of visitors write nothing. Times are in
 * milliseconds.
 */
export type SessionContent = {
  passport?: { user?: Types.ObjectId };
  epoch?: number;
  signedInAt?: number;
  authenticatedAt?: number;
  /** Id of the device record. */
  device?: string;
  /** The admin who impersonates the session's user, with the id and device of the admin's own session. */
  impersonator?: { id: string; session: string; device: string };
  /** Id of the session that this one continues after a rotation. */
  succeeds?: string;
  /** True until a request with this id arrives. Until then, the browser may know only the previous id. */
  isOffered?: boolean;
  /** True if the session continues under another id. */
  isSucceeded?: boolean;
  [other: string]: unknown;
};

/** A stored session. Ended sessions have no content. */
export type StoredSession = {
  _id: string;
  session: SessionContent;
  expires: Date;
  lastModified?: Date;
  endedAt?: Date;
};
const schema = new Schema(
  {
    /** SHA-256 of the session id, so that a leaked database contains no usable ids. */
    _id: String,
    session: Object,
    expires: Date,
    lastModified: Date,
    endedAt: Date,
    /** Id of the session that continues this one. */
    succeededBy: String,
    /** Follow-ups that must still run after the session has ended (models/outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false, minimize: false },
);
indexOutbox(schema);
schema.index({ expires: 1 }, { expireAfterSeconds: 0 });
schema.index({ "session.passport.user": 1, expires: -1 });

/** The collection of sessions; models/session.ts adds the operations. */
export const sessionModel = model("Session", schema);

/** Time limit of every query on sessions. */
export const BOUNDED = { maxTimeMS: 5_000 };

/** Loads a session with its user. Concurrent calls share the reads. */
export const load = loadWithUser(
  (ids) => findAll<StoredSession>(sessionModel.collection, { _id: { $in: ids } }, { projection: { outbox: 0 } }),
  {
    getKey: ({ _id }) => _id,
    getUser: ({ session }) => session?.passport?.user,
    getEpoch: ({ session }) => session?.epoch,
  },
);
