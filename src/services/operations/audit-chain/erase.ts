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
  for (const what of ["event", "actor"] as const) {
    const ids = await AuditEvent.listIds(what, users);
    for (let from = 0; from < ids.length; from += AT_ONCE)
      await AuditErasure.add(createErasure(what, ids.slice(from, from + AT_ONCE)));
  }
  await AuditEvent.forget(...users);
}

function createErasure(what: "event" | "actor", events: Types.ObjectId[]): AuditErasureFields {
  const at = new Date();
  const key = getCurrentKey();
  const mac = createErasureMac(key, { what, events, at });
  return { what, events, at, key: key.name, mac, expiresAt: new Date(at.getTime() + KEPT_MS) };
}
