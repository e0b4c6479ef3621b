import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { deriveOnceId, writeOnce } from "./outbox/once.js";

const DAYS = 86_400_000;
const KEPT_MS = 30 * DAYS;
const PAGE = 20;
const options = { maxTimeMS: 5_000 };

const schema = new Schema(
  {
    webhook: { type: Schema.Types.ObjectId, required: true },
    /** The id of the event, which receivers see. */
    event: { type: String, required: true },
    type: { type: String, required: true },
    /** The body as it is sent and signed. */
    body: { type: String, required: true },
    /** "waiting": not delivered yet, and it will be tried again. "failed": given up. */
    status: { type: String, enum: ["waiting", "delivered", "failed"], required: true },
    attempts: { type: Number, required: true },
    lastAttemptAt: { type: Date, default: null },
    /** The answer to the last attempt: its status and its beginning; or why there was none. */
    responseStatus: { type: Number, default: null },
    response: { type: String, default: "" },
    problem: { type: String, default: "" },
    /** The request that restarted it last. */
    restart: { type: Schema.Types.ObjectId },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ webhook: 1, _id: -1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const deliveries = model("WebhookDelivery", schema);

export type WebhookDeliveryFields = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
type New = Pick<WebhookDeliveryFields, "_id" | "webhook" | "event" | "type" | "body">;
/** What an attempt has shown. */
export type Attempt = Pick<WebhookDeliveryFields, "responseStatus" | "response" | "problem">;

/** What was sent to webhooks, with the answers. Deliveries are kept for 30 days. */
export const WebhookDelivery = Object.assign(deliveries, {
  /** Stores a delivery that waits. Does nothing if an earlier run stored it. */
  async add(delivery: New): Promise<void> {
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + KEPT_MS);
    const document = { ...delivery, status: "waiting", attempts: 0, lastAttemptAt: null, createdAt, expiresAt };
    const nothingYet = { responseStatus: null, response: "", problem: "" };
    await writeOnce(() => deliveries.collection.insertOne({ ...document, ...nothingYet }));
  },

  async find(id: Types.ObjectId | string): Promise<WebhookDeliveryFields | null> {
    return deliveries.collection.findOne<WebhookDeliveryFields>({ _id: new Types.ObjectId(id) }, options);
  },

  /** Notes an attempt. */
  async note(
    { _id }: Pick<WebhookDeliveryFields, "_id">,
    attempt: Attempt,
    status: WebhookDeliveryFields["status"],
  ): Promise<void> {
    const update = { $set: { ...attempt, status, lastAttemptAt: new Date() }, $inc: { attempts: 1 } };
    await deliveries.collection.updateOne({ _id }, update);
  },

  /** Gives up a delivery that waits, without an attempt. */
  async giveUp(id: Types.ObjectId | string, problem: string): Promise<void> {
    const waiting = { _id: new Types.ObjectId(id), status: "waiting" };
    await deliveries.collection.updateOne(waiting, { $set: { status: "failed", problem } });
  },

  /**
   * Lets a finished delivery wait again, with all its attempts. Does nothing if it was restarted before under this id, so
   * that one that was delivered since does not wait for a job that is done.
   */
  async restart(id: string, restart = deriveOnceId("restart")): Promise<void> {
    const finished = { _id: new Types.ObjectId(id), status: { $ne: "waiting" }, restart: { $ne: restart } };
    await deliveries.collection.updateOne(finished, { $set: { status: "waiting", attempts: 0, restart } });
  },

  /** Returns one page of a webhook's deliveries, newest first. @param before `older` of the previous page */
  async listPage(webhook: Types.ObjectId, before?: string) {
    const from = before ? { _id: { $lt: new Types.ObjectId(before) } } : {};
    const found = await deliveries.collection
      .find<WebhookDeliveryFields>({ webhook, ...from }, options)
      .sort({ _id: -1 })
      .limit(PAGE + 1)
      .toArray();
    const page = found.slice(0, PAGE);
    return { deliveries: page, older: found.length > PAGE ? String(page.at(-1)?._id) : null };
  },

  /** Deletes all deliveries of a webhook. */
  async dropAllFor(webhook: Types.ObjectId): Promise<void> {
    await deliveries.collection.deleteMany({ webhook });
  },
});
