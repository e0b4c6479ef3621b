import { type Model, Schema, type Types } from "mongoose";
import type { ActorRecord } from "../actor.js";
import { isDuplicate, isUnavailable } from "../database/errors.js";
import { createRunId } from "./outbox/once.js";

// A use case changes one document and then has more to do: an audit event, an email, links that end. If the process stops in
// between, the rest must not be forgotten. So the change carries a note of what is left, in the same atomic write (a
// transactional outbox). services/follow-ups.ts does what the note says and removes it; a job does it when the process is gone.
//
//   const entry = createEntry("password-reset", actor, { email });
//   await writeWithEntry(users, { _id, sessionEpoch: 4 }, { $set: {…}, ...pushEntry(entry) }, entry)   the change and the note
//   … the audit event, the email …
//   await removeEntry(User, _id, entry)

const BOUNDED = { maxTimeMS: 5_000 };
const AT_ONCE = 100;

/** What is left to do after a change. `data` is all that the follow-up needs to know of the moment of the change. */
export type OutboxEntry<Data = unknown> = {
  _id: Types.ObjectId;
  name: string;
  at: Date;
  actor: ActorRecord;
  data: Data;
};

const entrySchema = new Schema({ name: String, at: Date, actor: Schema.Types.Mixed, data: Schema.Types.Mixed });

/** The field of a schema whose documents carry entries; missing where nothing is left to do. */
export const outboxField = { type: [entrySchema], default: undefined };

/** Adds the index by which documents with something left to do are found. It is empty nearly always. */
export function indexOutbox(schema: Schema): void {
  const isWaiting = { "outbox.at": { $type: "date" } };
  schema.index({ "outbox.at": 1 }, { name: "outbox", partialFilterExpression: isWaiting });
}

/** A note of what is left to do. */
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

/** The part of an ordinary update that stores an entry, if there is one. */
export const pushEntry = (entry?: OutboxEntry) => (entry ? { $push: { outbox: entry } } : {});

/** The same as a field of a `$set` stage, for updates that are pipelines. */
export const appendEntry = (entry?: OutboxEntry) =>
  entry ? { outbox: { $concatArrays: [{ $ifNull: ["$outbox", []] }, [{ $literal: entry }]] } } : {};

type Collection = Model<unknown>["collection"];

/**
 * Makes a conditional write that carries an entry (or none: then just the write), once. When its answer is lost, it looks for the entry: the write was
 * applied, or is tried one more time.
 * @returns false when the condition did not hold
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
 * Inserts a document under an id that was chosen before. When its answer is lost, it is inserted one more time: the index of ids lets
 * that happen once.
 * @returns the document with this id; `isNew` is false when it is from an earlier request
 * @throws what a unique index says about another document
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

/** The part of a new document that holds an entry, if there is one. */
export const withEntry = (entry?: OutboxEntry) => (entry ? { outbox: [entry] } : {});

/** Whether a document was written with this entry: else it is from an earlier request, which followed it up. */
export const isEntryOf = (document: { outbox?: Iterable<{ _id?: unknown }> | null }, { _id }: OutboxEntry): boolean =>
  [...(document.outbox ?? [])].some((one) => _id.equals(one._id as Types.ObjectId));

/** Some documents with entries from before this time, those that wait longest first. */
export function listWaiting(model: Model<never>, before: Date) {
  const due = { "outbox.at": { $lte: before, $type: "date" } };
  return model.collection
    .find<{ _id: Types.ObjectId; outbox: OutboxEntry[] }>(due, { projection: { outbox: 1 }, ...BOUNDED })
    .sort({ "outbox.at": 1 })
    .limit(AT_ONCE)
    .toArray();
}

/** Whether an entry is still in its document. */
export async function isWaiting(
  model: Model<never>,
  id: Types.ObjectId | string,
  entry: OutboxEntry,
): Promise<boolean> {
  const held = { _id: id, "outbox._id": entry._id } as never;
  return (await model.collection.findOne(held, { projection: { _id: 1 }, ...BOUNDED })) !== null;
}

/** Notes that nothing is left to do of an entry. */
export async function removeEntry(model: Model<never>, id: Types.ObjectId | string, entry: OutboxEntry): Promise<void> {
  await model.collection.updateOne({ _id: id as never }, { $pull: { outbox: { _id: entry._id } } } as never);
}
