import { Types } from "mongoose";
import { Webhook } from "../../../src/models/webhook.js";
import { createSealedSecret } from "../../../src/services/events/secrets.js";

/** Stores a webhook directly, to save time. Returns its id. */
export async function webhook(url = "https://crm.example/events"): Promise<string> {
  const _id = new Types.ObjectId();
  const settings = { url, description: "A CRM", types: ["domain.renamed"] }; // seldom in tests
  const state = { previousSecret: null, previousUntil: null, rotation: null, pausedAt: null, failingSince: null };
  const stored = { _id, ...settings, secret: createSealedSecret(_id), createdAt: new Date(), deletedAt: null };
  await Webhook.collection.insertOne({ ...stored, ...state });
  return String(_id);
}
