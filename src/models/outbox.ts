import { type Model, Schema, type Types } from "mongoose";
import type { ActorRecord } from "../actor.js";
import { isDuplicate, isUnavailable } from "../database/errors.js";
import { type PlannedWrite, writeInOrder, writeTogether } from "../database/write-together.js";
import { createRunId } from "./outbox/once.js";

// Transactional outbox. A use case changes one document and then has more to do, such as an audit event, an email, or
// revoking links. If the process stops in between, these steps must not be lost. Therefore the atomic write that makes
// the change also stores an entry with the remaining steps. services/follow-ups.ts runs them and removes the entry; if
// the process has stopped, a job does.
//
//   const entry = createEntry("password-reset", actor, { email });
//   const update = { $set: {…}, ...pushEntry(entry) };
//   await writeWithEntry(users, { _id, sessionEpoch: 4 }, update, entry);   the change and the entry
//   … the audit event, the email …
//   await removeEntry(User, _id, entry);

const BOUNDED = { maxTimeMS: 5_000 };
const AT_ONCE = 100;

/** A follow-up of a change. `data` contains all facts from the time of the change that it needs. */
export type OutboxEntry<Data = unknown> = {
  _id: Types.ObjectId;
  name: string;
  at: Date;
  actor: ActorRecord;
  data: Data;
};

const entrySchema = new Schema({ name: String, at: Date, actor: Schema.Types.Mixed, data: Schema.Types.Mixed });

/** Schema field for entries. The field is missing if there are none. */
export const outboxField = { type: [entrySchema], default: undefined };

/** Adds a partial index of documents with entries. It is almost always empty. */
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

/** Returns the part of an update that stores an entry, or nothing without an entry. */
export const pushEntry = (entry?: OutboxEntry) => (entry ? { $push: { outbox: entry } } : {});

/** Like `pushEntry`, but returns a field of a `$set` stage for update pipelines. */
export const appendEntry = (entry?: OutboxEntry) =>
  entry ? { outbox: { $concatArrays: [{ $ifNull: ["$outbox", []] }, [{ $literal: entry }]] } } : {};

type Collection = Model<unknown>["collection"];

/**
 * Makes a conditional write. With an entry, it is applied exactly once: if the database's response is lost, the entry
 * shows whether the write was applied. If not, it is tried once more.
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
type New = Inserted & { initializeTimestamps(): void; validate(): Promise<void>; toBSON(): object };
type Documents = {
  create(document: { _id: Types.ObjectId }): Promise<Inserted>;
  new (document: { _id: Types.ObjectId }): New;
  collection: Collection;
  findById(id: Types.ObjectId): PromiseLike<Inserted | null>;
};

/**
 * Inserts a document whose id was chosen in advance. If the database's response is lost, inserts again; the unique
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

/**
 * Like `insertOnce`, together with other writes of this moment (write-together.ts). For models whose only unique index is the
 * one on ids, and without hooks of `save`.
 */
export async function insertTogether(model: unknown, document: { _id: Types.ObjectId }) {
  const documents = model as Documents;
  const create = async (fields: { _id: Types.ObjectId }) => {
    const created = new documents(fields);
    created.initializeTimestamps();
    await created.validate();
    await writeTogether(documents.collection, { insertOne: { document: created.toBSON() } });
    return created;
  };
  return insertOnce({ create, findById: (id: Types.ObjectId) => documents.findById(id) }, document);
}

/** Returns the field of a new document that stores an entry, or nothing without an entry. */
export const withEntry = (entry?: OutboxEntry) => (entry ? { outbox: [entry] } : {});

/**
 * Returns true if this entry was stored with the document. Otherwise an earlier request wrote it and did the follow-up.
 */
export const isEntryOf = (document: { outbox?: Iterable<{ _id?: unknown }> | null }, { _id }: OutboxEntry): boolean =>
  [...(document.outbox ?? [])].some((one) => _id.equals(one._id as Types.ObjectId));

/** Lists up to 100 documents with entries from before this time, oldest entry first, without those with these ids. */
export function listWaiting(model: Model<never>, before: Date, but: Types.ObjectId[] = []) {
  const due = { "outbox.at": { $lte: before, $type: "date" }, ...(but.length > 0 && { _id: { $nin: but } }) };
  return model.collection
    .find<{ _id: Types.ObjectId; outbox: OutboxEntry[] }>(due, { projection: { outbox: 1 }, ...BOUNDED })
    .sort({ "outbox.at": 1 })
    .limit(AT_ONCE)
    .toArray();
}

/** Lists the entries that the document got before this one, oldest first. */
export async function listEarlier(
  model: Model<never>,
  id: Types.ObjectId | string,
  { _id }: OutboxEntry,
): Promise<OutboxEntry[]> {
  const held = { _id: id, "outbox._id": _id, "outbox.1": { $exists: true } } as never;
  const found = await model.collection.findOne<{ outbox: OutboxEntry[] }>(held, {
    projection: { outbox: 1 },
    ...BOUNDED,
  });
  const entries = found?.outbox ?? [];
  return entries.slice(
    0,
    entries.findIndex((one) => _id.equals(one._id)),
  );
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

/** Removes an entry when its follow-up is done. @param last the last write of the follow-up, if it is not made yet */
export async function removeEntry(
  model: Model<never>,
  id: Types.ObjectId | string,
  entry: OutboxEntry,
  last?: PlannedWrite,
): Promise<void> {
  const update = { $pull: { outbox: { _id: entry._id } } };
  const removal = { updateOne: { filter: { _id: id }, update } };
  if (last) await writeInOrder([last, { collection: model.collection, write: removal }]);
  else await writeTogether(model.collection, removal, { mayRepeat: true });
}
