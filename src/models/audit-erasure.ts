import { type InferSchemaType, model, Schema, Types } from "mongoose";

const schema = new Schema(
  {
    /** What was removed: the events, or only the actor of the events. */
    what: { type: String, enum: ["event", "actor"], required: true },
    events: { type: [Schema.Types.ObjectId], required: true },
    at: { type: Date, required: true },
    key: { type: String, required: true },
    mac: { type: String, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ events: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const erasures = model("AuditErasure", schema);
export type AuditErasureFields = InferSchemaType<typeof schema>;

/** Which audit events were removed with an account. They contain only ids of events, nothing about the user. */
export const AuditErasure = Object.assign(erasures, {
  async add(erasure: AuditErasureFields): Promise<void> {
    await erasures.create(erasure);
  },

  /** Lists the erasures of any of these events. */
  listFor(ids: string[]): Promise<AuditErasureFields[]> {
    const those = { events: { $in: ids.map((id) => new Types.ObjectId(id)) } };
    return erasures.collection.find<AuditErasureFields>(those, { maxTimeMS: 5_000 }).toArray();
  },
});
