import { createHash, createHmac } from "node:crypto";
import type { Types } from "mongoose";
import { config } from "../../../config/index.js";
import type { AuditErasureFields } from "../../../models/audit-erasure.js";
import type { AuditEventFields } from "../../../models/audit-event.js";
import type { AuditSealFields } from "../../../models/audit-seal.js";

// The first of AUDIT_KEY seals, all of them verify. The keys are not in the database, so nobody who can only write to
// the database can make a valid seal.

type Key = { name: string; secret: string };
const keys: Key[] = config.auditKeys.map((secret) => ({
  name: createHash("sha256").update(`name of ${secret}`).digest("hex").slice(0, 8),
  secret,
}));

/** Returns the key that seals from now on. */
export const getCurrentKey = (): Key => keys[0] as Key;

/** Returns the key with this name, or undefined if it is not in AUDIT_KEY. */
export const findKey = (name: string): Key | undefined => keys.find((one) => one.name === name);

const hmac = (key: Key, purpose: string, fields: unknown, bytes?: Buffer) =>
  createHmac("sha256", key.secret)
    .update(JSON.stringify([purpose, fields]))
    .update(bytes ?? "");

const ID_BYTES = 12;
const MAC_BYTES = 16;
const ENTRY_BYTES = ID_BYTES + 2 * MAC_BYTES;

/** An event in a seal: its id, the HMAC of its content, and the HMAC of its actor, which an erasure removes alone. */
export type SealedEntry = { id: string; content: Buffer; actor: Buffer };

/** Returns the bytes that stand for an event in a seal. */
export function createSealEntry(key: Key, event: AuditEventFields): Buffer {
  const { _id, user, actor, at, expiresAt, ip, agent, request, details } = event;
  const more = Object.entries(details ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const when = [at.getTime(), expiresAt.getTime()];
  const content = [String(_id), event.event, user && String(user), ...when, ip, agent, request, more];
  return Buffer.concat([
    Buffer.from(_id.toHexString(), "hex"),
    hmac(key, "event", content).digest().subarray(0, MAC_BYTES),
    createActorMac(key, _id, actor ?? null),
  ]);
}

const createActorMac = (key: Key, id: Types.ObjectId, actor: Types.ObjectId | null): Buffer =>
  hmac(key, "actor", [String(id), actor && String(actor)])
    .digest()
    .subarray(0, MAC_BYTES);

/** Splits the entries of a seal. */
export function readSealEntries(entries: Buffer): SealedEntry[] {
  return Array.from({ length: Math.floor(entries.length / ENTRY_BYTES) }, (_, n) => {
    const at = n * ENTRY_BYTES;
    const content = at + ID_BYTES;
    return {
      id: entries.subarray(at, content).toString("hex"),
      content: entries.subarray(content, content + MAC_BYTES),
      actor: entries.subarray(content + MAC_BYTES, at + ENTRY_BYTES),
    };
  });
}

/** Returns the head of a part: the HMAC of all of it, and of the head before it. */
export const createHead = (key: Key, { _id, isLast, previous, sealedAt, entries }: Omit<AuditSealFields, "head">) =>
  hmac(key, "seal", [_id, isLast, previous, sealedAt.getTime()], entries).digest("hex");

/** Returns the HMAC of an erasure. */
export const createErasureMac = (key: Key, { what, events, at }: Pick<AuditErasureFields, "what" | "events" | "at">) =>
  hmac(key, "erasure", [what, at.getTime(), events.map(String)]).digest("hex");
