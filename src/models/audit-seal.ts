import { type InferSchemaType, model, Schema } from "mongoose";
import { isDuplicate } from "../database/errors.js";

const BOUNDED = { maxTimeMS: 5_000 };

const schema = new Schema(
  {
    /** The day (UTC) and the number of the part, with four digits. */
    _id: String,
    /** The last part of its day. */
    isLast: { type: Boolean, required: true },
    /** One entry for each event (services/operations/audit-chain/macs.ts). */
    entries: { type: Buffer, required: true },
    /** Head of the part before this one; empty for the first. */
    previous: { type: String, default: "" },
    /** HMAC of all of this part, and of `previous`. */
    head: { type: String, required: true },
    /** Name of the key, which is not in the database. */
    key: { type: String, required: true },
    sealedAt: { type: Date, required: true },
    /** The head was sent to AUDIT_ADDRESS. */
    isSent: { type: Boolean, default: false },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const seals = model("AuditSeal", schema);
/** A part of the chain, as stored. The driver returns the entries as a `Binary`. */
export type AuditSealFields = Omit<InferSchemaType<typeof schema>, "entries"> & { _id: string; entries: Buffer };

const withEntries = { promoteBuffers: true, ...BOUNDED };

/** The chain of the audit log: parts of days, each sealed together with the head of the part before it. */
export const AuditSeal = Object.assign(seals, {
  /** Returns the newest part. */
  findLast(): Promise<AuditSealFields | null> {
    return seals.collection.findOne<AuditSealFields>({}, { sort: { _id: -1 }, ...withEntries });
  },

  /** Adds a part. Returns false if another process has added it. */
  async add(seal: AuditSealFields): Promise<boolean> {
    try {
      await seals.collection.insertOne(seal as never);
      return true;
    } catch (error) {
      if (isDuplicate(error, "_id")) return false;
      throw error;
    }
  },

  async markSent(id: string): Promise<void> {
    await seals.updateOne({ _id: id }, { isSent: true });
  },

  /** Iterates over all parts, oldest first. */
  stream(): AsyncIterable<AuditSealFields> {
    return seals.collection.find<AuditSealFields>({}, { batchSize: 1, ...withEntries }).sort({ _id: 1 });
  },

  /** Lists the parts of a day, oldest first. */
  listDay(day: string): Promise<AuditSealFields[]> {
    const within = { _id: { $gte: `${day}/`, $lt: `${day}0` } } as never; // "0" is the character after "/"
    return seals.collection.find<AuditSealFields>(within, withEntries).sort({ _id: 1 }).toArray();
  },
});
