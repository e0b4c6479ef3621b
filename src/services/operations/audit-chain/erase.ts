import type { Types } from "mongoose";
import { AuditErasure, type AuditErasureFields } from "../../../models/audit-erasure.js";
import { AuditEvent, KEPT_MS } from "../../../models/audit-event.js";
import { createErasureMac, getCurrentKey } from "./macs.js";

/** Maximum number of events in one erasure. */
const AT_ONCE = 1_000;

/**
 * Deletes the audit events of removed users, and removes them as actors of other events. First records which events
 * these are, because `npm run audit -- verify` would otherwise report them as tampering. Can run twice.
 */
export async function eraseEvents(users: Types.ObjectId[]): Promise<void> {
  if (users.length === 0) return;
  const { own, caused } = await AuditEvent.listIds(users);
  await recordErasures("event", own);
  await recordErasures("actor", caused);
  await AuditEvent.forget(users, { own: own.length > 0, caused: caused.length > 0 });
}

async function recordErasures(what: "event" | "actor", ids: Types.ObjectId[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await AuditErasure.add(createErasure(what, ids.slice(from, from + AT_ONCE)));
}

function createErasure(what: "event" | "actor", events: Types.ObjectId[]): AuditErasureFields {
  const at = new Date();
  const key = getCurrentKey();
  const mac = createErasureMac(key, { what, events, at });
  return { what, events, at, key: key.name, mac, expiresAt: new Date(at.getTime() + KEPT_MS) };
}
