import { isSameSecret } from "../../../lib/secrets.js";
import { AuditErasure } from "../../../models/audit-erasure.js";
import { AuditEvent, type AuditEventFields } from "../../../models/audit-event.js";
import type { AuditSealFields } from "../../../models/audit-seal.js";
import { createErasureMac, createSealEntry, findKey, readSealEntries, type SealedEntry } from "./macs.js";

const AT_ONCE = 1_000;

/** Reports what is wrong, and with which event. */
export type Found = (text: string, event?: string) => void;
type Difference = { isRemoved: boolean; isChanged: boolean };

/** Compares the events of a part with its entries. Returns how many were removed with the account of their user. */
export async function compareEvents(seal: AuditSealFields, found: Found): Promise<number> {
  const entries = readSealEntries(seal.entries);
  let erased = 0;
  for (let from = 0; from < entries.length; from += AT_ONCE)
    erased += await compareSome(entries.slice(from, from + AT_ONCE), seal.key, found);
  return erased;
}

async function compareSome(entries: SealedEntry[], key: string, found: Found): Promise<number> {
  const events = await readEvents(entries);
  const differing = entries.flatMap((entry) => {
    const difference = compareOne(entry, events.get(entry.id), key);
    return difference ? [{ id: entry.id, ...difference }] : [];
  });
  const erasures = await readErasures(differing);
  let erased = 0;
  for (const { id, isRemoved, isChanged } of differing) {
    if (isChanged) found("This event was changed.", id);
    else if (isRemoved && erasures.event.has(id)) erased += 1;
    else if (isRemoved) found("This event was removed.", id);
    else if (events.get(id)?.actor || !erasures.actor.has(id)) found("The actor of this event was changed.", id);
  }
  return erased;
}

/** Returns null if the event is as it was sealed. If it is neither removed nor changed, only its actor differs. */
function compareOne(entry: SealedEntry, event: AuditEventFields | undefined, name: string): Difference | null {
  const key = findKey(name);
  if (!event || !key) return { isRemoved: true, isChanged: false };
  const [now] = readSealEntries(tryToSeal(key, event));
  if (!now?.content.equals(entry.content)) return { isRemoved: false, isChanged: true };
  return now.actor.equals(entry.actor) ? null : { isRemoved: false, isChanged: false };
}

/** Returns nothing if a field of the event has a wrong type. */
function tryToSeal(key: Parameters<typeof createSealEntry>[0], event: AuditEventFields): Buffer {
  try {
    return createSealEntry(key, event);
  } catch {
    return Buffer.alloc(0);
  }
}

async function readEvents(entries: SealedEntry[]): Promise<Map<string, AuditEventFields>> {
  const found = await AuditEvent.listByIds(entries.map(({ id }) => id));
  return new Map(found.map((event) => [String(event._id), event]));
}

/** Returns which of these events were removed with an account, and which lost their actor. Ignores forged erasures. */
async function readErasures(events: { id: string }[]) {
  const erased = { event: new Set<string>(), actor: new Set<string>() };
  if (events.length === 0) return erased;
  for (const erasure of await AuditErasure.listFor(events.map(({ id }) => id))) {
    const key = findKey(erasure.key);
    if (!key || !isSameSecret(createErasureMac(key, erasure), erasure.mac)) continue;
    for (const id of erasure.events) erased[erasure.what].add(String(id));
  }
  return erased;
}
