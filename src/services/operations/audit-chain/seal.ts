import { config } from "../../../config/index.js";
import type { Stop } from "../../../lib/async/until-done.js";
import { log } from "../../../log.js";
import { sendAuditHead } from "../../../mail/index.js";
import { AuditEvent, KEPT_MS } from "../../../models/audit-event.js";
import { AuditSeal, type AuditSealFields } from "../../../models/audit-seal.js";
import { readDatabaseTime } from "../../../models/database-state.js";
import { addDays, formatDay, getDayStart } from "./days.js";
import { createHead, createSealEntry, getCurrentKey, readSealEntries } from "./macs.js";

/** A day is sealed half an hour after its end: by then, all of its events are written. */
const SETTLED_AFTER_MS = 30 * 60_000;
/** Maximum number of events in a part: half a megabyte. */
export const PART_SIZE = 10_000;

/**
 * Seals all days that are over, beginning with the oldest event. Another process may do the same at the same time, and
 * a later run continues after a crash. Sends the newest head to AUDIT_ADDRESS.
 */
export async function sealAuditLog(now = new Date(), stop?: Stop): Promise<void> {
  let last = await AuditSeal.findLast();
  // A clock that is ahead must not seal a day that is not over: its later events would look as if they had been added.
  const until = formatDay(Math.min(now.getTime(), await readDatabaseTime()) - SETTLED_AFTER_MS);
  for (let part = await findNext(last); part && part.day < until && !stop?.aborted; part = await findNext(last)) {
    const seal = await createSeal(part, last, now);
    if (await AuditSeal.add(seal)) {
      last = seal;
      log.info({ event: "audit.sealed", part: seal._id, head: seal.head }, "audit.sealed");
    } else last = await AuditSeal.findLast();
  }
  if (last) await sendHead(last);
}

type Part = { day: string; part: number };

/**
 * Returns the part after this one: of the same day if the day is not complete, otherwise of the next day. The first part
 * is of the day of the oldest event; null if there is none.
 */
async function findNext(last: AuditSealFields | null): Promise<Part | null> {
  if (!last) {
    const oldest = await AuditEvent.findOldest();
    return oldest && { day: formatDay(oldest.getTime()), part: 0 };
  }
  const [day = "", part = ""] = last._id.split("/");
  if (!last.isLast) return { day, part: Number(part) + 1 };
  return { day: formatDay(addDays(getDayStart(day), 1).getTime()), part: 0 };
}

async function createSeal({ day, part }: Part, last: AuditSealFields | null, now: Date): Promise<AuditSealFields> {
  const sealed = part === 0 ? [] : await AuditSeal.listDay(day);
  const known = new Set(sealed.flatMap(({ entries }) => readSealEntries(entries)).map(({ id }) => id));
  const key = getCurrentKey();
  const entries: Buffer[] = [];
  const start = getDayStart(day);
  for await (const event of AuditEvent.streamBetween(start, addDays(start, 1))) {
    if (known.has(String(event._id))) continue;
    entries.push(createSealEntry(key, event));
    if (entries.length > PART_SIZE) break;
  }
  const content = {
    _id: `${day}/${String(part).padStart(4, "0")}`,
    isLast: entries.length <= PART_SIZE,
    entries: Buffer.concat(entries.slice(0, PART_SIZE)),
    previous: last?.head ?? "",
    key: key.name,
    sealedAt: now,
    isSent: false,
    expiresAt: new Date(addDays(start, 1).getTime() + KEPT_MS),
  };
  return { ...content, head: createHead(key, content) };
}

/** Sends a head to AUDIT_ADDRESS once. It proves the whole chain up to its day. */
async function sendHead({ _id, isLast, isSent, head }: AuditSealFields): Promise<void> {
  if (!config.auditAddress || isSent || !isLast) return;
  await sendAuditHead(config.auditAddress, { day: _id.slice(0, 10), head });
  await AuditSeal.markSent(_id);
}
