import { type Model, Schema, type Types } from "mongoose";
import type { ActorRecord } from "../actor.js";
import { isDuplicate, isUnavailable } from "../database/errors.js";
import { createRunId } from "./outbox/once.js";

// Transactional outbox: a use case changes one document and then has more to do, such as an audit event, an email, or revoking
// links. If the process stops in between, the rest must not be lost. Therefore the same atomic write stores an entry that says what
// is left. services/follow-ups.ts does that and removes the entry; if the process has stopped, a job does.
//
//   const entry = createEntry("password-reset", actor, { email });
//   await writeWithEntry(users, { _id, sessionEpoch: 4 }, { $set: {…}, ...pushEntry(entry) }, entry)   the change and the entry
//   … the audit event, the email …
//   await removeEntry(User, _id, entry)

const BOUNDED = { maxTimeMS: 5_000 };
const AT_ONCE = 100;

/** A follow-up of a change. `data` holds everything the follow-up needs to know from the time of the change. */
export type OutboxEntry<Data = unknown> = {
  _id: Types.ObjectId;
  name: string;
  at: Date;
  actor: ActorRecord;
  data: Data;
};

const entrySchema = new Schema({ name: String, at: Date, actor: Schema.Types.Mixed, data: Schema.Types.Mixed });

/** Schema field for entries; it is missing if there are none. */
export const outboxField = { type: [entrySchema], default: undefined };

/** Adds a partial index on documents with entries. It is almost always empty. */
export function indexOutbox(schema: Schema): void {
  const isWaiting = { "outbox.at": { $type: "date" } };
  schema.index({ "outbox.at": 1 }, { name: "outbox", partialFilterExpression: isWaiting });
}

export function createEntry<Data>(
  name: string,
  actor: ActorRecord,
  data: Data,
  _id = createRunId(),
): OutboxEntry<Data> {
  const { user, impersonator, ip, agent, request, via, apiToken } = actor;
  const id = (one: { id: string } | null) => one && { id: one.id };
  const who = {
    user: id(user),
    impersonator: id(impersonator),
    ip,
    agent,
    request,
    via,
    ...(apiToken && { apiToken }),
  };
  return { _id, name, at: new Date(), actor: who, data };
}

/** The part of an update that stores an entry, if there is one. */
export const pushEntry = (entry?: OutboxEntry) => (entry ? { $push: { outbox: entry } } : {});

/** The same as a field of a `$set` stage, for update pipelines. */
export const appendEntry = (entry?: OutboxEntry) =>
  entry ? { outbox: { $concatArrays: [{ $ifNull: ["$outbox", []] }, [{ $literal: entry }]] } } : {};

type Collection = Model<unknown>["collection"];

/**
 * Makes a conditional write. With an entry, the write is made exactly once: if the database's answer is lost, the entry
 * shows whether it was applied, and otherwise it is tried once more.
 * @returns false if the condition did not match
 */
export async function writeWithEntry(
  collection: Collection,
  condition: { _id: unknown; [field: string]: unknown },
  update: object | object[],
  entry?: OutboxEntry,
): Promise<boolean> {
  if (!entry) return (await collection.updateOne(condition as never, update as object[])).matchedCount === 1;
  const notYet = { ...condition, "outbox._id": { $ne: entry._id } };
  const write = async () => (await collection.updateOne(notYet as never, update as object[])).matchedCount === 1;
  const isWritten = async () =>
    (await collection.findOne({ _id: condition._id, "outbox._id": entry._id } as never, { projection: { _id: 1 } })) !==
    null;
  try {
    return await write();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return (await isWritten()) || (await write()) || isWritten();
  }
}

type Inserted = { toObject(): unknown };
type Documents = {
  create(document: { _id: Types.ObjectId }): Promise<Inserted>;
  findById(id: Types.ObjectId): PromiseLike<Inserted | null>;
};

/**
 * Inserts a document whose id was chosen before. If the database's answer is lost, it inserts once more; the unique
 * index on ids prevents a second document.
 * @returns the document with this id; `isNew` is false if an earlier request inserted it
 * @throws the duplicate key error of any other unique index
 */
export async function insertOnce(model: unknown, document: { _id: Types.ObjectId }) {
  const documents = model as Documents;
  const insert = async () => {
    try {
      return { isNew: true, document: await documents.create(document) };
    } catch (error) {
      const found = isDuplicate(error) ? await documents.findById(document._id) : null;
      if (!found) throw error;
      return { isNew: false, document: found };
    }
  };
  try {
    return await insert();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { ...(await insert()), isNew: true };
  }
}

/** The field of a new document that holds an entry, if there is one. */
export const withEntry = (entry?: OutboxEntry) => (entry ? { outbox: [entry] } : {});

/** Returns true if the document was written with this entry. Otherwise an earlier request wrote it and did the follow-up. */
export const isEntryOf = (document: { outbox?: Iterable<{ _id?: unknown }> | null }, { _id }: OutboxEntry): boolean =>
  [...(document.outbox ?? [])].some((one) => _id.equals(one._id as Types.ObjectId));

/** Lists up to 100 documents with entries from before this time, longest waiting first. */
export function listWaiting(model: Model<never>, before: Date) {
  const due = { "outbox.at": { $lte: before, $type: "date" } };
  return model.collection
    .find<{ _id: Types.ObjectId; outbox: OutboxEntry[] }>(due, { projection: { outbox: 1 }, ...BOUNDED })
    .sort({ "outbox.at": 1 })
    .limit(AT_ONCE)
    .toArray();
}

/** Returns true if the document still has this entry. */
export async function isWaiting(
  model: Model<never>,
  id: Types.ObjectId | string,
  entry: OutboxEntry,
): Promise<boolean> {
  const held = { _id: id, "outbox._id": entry._id } as never;
  return (await model.collection.findOne(held, { projection: { _id: 1 }, ...BOUNDED })) !== null;
}

/** Removes an entry whose follow-up is done. */
export async function removeEntry(model: Model<never>, id: Types.ObjectId | string, entry: OutboxEntry): Promise<void> {
  await model.collection.updateOne({ _id: id as never }, { $pull: { outbox: { _id: entry._id } } } as never);
}
