import { isSameSecret } from "../../../lib/secrets.js";
import { AuditEvent, KEPT_MS } from "../../../models/audit-event.js";
import { AuditSeal, type AuditSealFields } from "../../../models/audit-seal.js";
import { compareEvents, type Found } from "./compare.js";
import { addDays, formatDay, getDayStart } from "./days.js";
import { createHead, findKey, readSealEntries } from "./macs.js";

/** How long after its end a day may be unsealed. The job runs each hour. */
const SEALED_WITHIN_MS = 2 * 3_600_000;

/** What is wrong with the audit log. `event` is the id of the event, if it is about one. */
type AuditFault = { day: string; event?: string; text: string };
/** The result of a verification. `last` is the newest day with its head. */
export type AuditReport = {
  days: number;
  events: number;
  /** Events that were removed with the account of their user. */
  erased: number;
  last: { day: string; head: string } | null;
  faults: AuditFault[];
};

/** Heads that were received by email, by day. */
export type KnownHeads = Record<string, string>;

/**
 * Compares all sealed audit events with the chain. Reads only, a part of a day at a time.
 * @param heads from emails: they also prove that nobody with the key has sealed again
 * @returns the faults in the order of the chain, so the first one is the oldest
 */
export async function verifyAuditLog(heads: KnownHeads = {}, now = new Date()): Promise<AuditReport> {
  const report: AuditReport = { days: 0, events: 0, erased: 0, last: null, faults: [] };
  let before: AuditSealFields | null = null;
  let first: string | undefined;
  const reported = new Set<string>();
  let ofDay: Day = { ids: new Set(), isIntact: true };
  for await (const seal of AuditSeal.stream()) {
    const day = getDay(seal);
    const found: Found = (text, event) => {
      if (event && reported.has(event)) return; // one fault of an event is enough
      if (event) reported.add(event);
      report.faults.push({ day, text, ...(event && { event }) });
    };
    if (!before || getDay(before) !== day) ofDay = { ids: new Set(), isIntact: true };
    checkPlace(seal, before, now, found);
    if (checkHead(seal, found)) await checkContent(seal, ofDay, report, { now, found });
    else ofDay.isIntact = false;
    if (seal.isLast) await checkDay(seal, ofDay, { report, heads, found });
    before = seal;
    first ??= day;
  }
  if (first) await checkOutside(first, report, now);
  await checkEnd(report, heads, now);
  return report;
}

/** The ids of a day's sealed events. */
type Day = { ids: Set<string>; isIntact: boolean };

const getDay = ({ _id }: { _id: string }) => _id.slice(0, 10);

/** Checks that a part follows the one before it. The oldest parts expire together with their events. */
function checkPlace(seal: AuditSealFields, before: AuditSealFields | null, now: Date, found: Found): void {
  const isFirstLeft = !before && (seal.previous === "" || getDayStart(getDay(seal)) <= addDays(now, -KEPT_DAYS + 2));
  if (isFirstLeft) return;
  if (before && seal.previous === before.head && isNext(seal, before)) return;
  found(
    before ? `Seals between ${before._id} and ${seal._id} are missing.` : `The seals before ${seal._id} are missing.`,
  );
}
/** How far clocks of different machines may be apart. */
const CLOCKS_DIFFER_MS = 3_600_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = KEPT_MS / DAY_MS;

function isNext(seal: AuditSealFields, before: AuditSealFields): boolean {
  const [day, part] = seal._id.split("/");
  const [dayBefore = "", partBefore] = before._id.split("/");
  if (!before.isLast) return day === dayBefore && Number(part) === Number(partBefore) + 1;
  return Number(part) === 0 && day === formatDay(addDays(getDayStart(dayBefore), 1).getTime());
}

function checkHead(seal: AuditSealFields, found: Found): boolean {
  const key = findKey(seal.key);
  if (!key) found(`The seal ${seal._id} was made with a key that is not in AUDIT_KEY.`);
  else if (!hasHead(key, seal)) found(`The seal ${seal._id} was changed.`);
  else return true;
  return false;
}

/** Returns false also if a field has a wrong type. */
function hasHead(key: Parameters<typeof createHead>[0], seal: AuditSealFields): boolean {
  try {
    return isSameSecret(createHead(key, seal), seal.head);
  } catch {
    return false;
  }
}

async function checkContent(
  seal: AuditSealFields,
  ofDay: Day,
  report: AuditReport,
  { now, found }: { now: Date; found: Found },
): Promise<void> {
  const entries = readSealEntries(seal.entries);
  for (const { id } of entries) ofDay.ids.add(id);
  report.events += entries.length;
  const isExpired = addDays(getDayStart(getDay(seal)), KEPT_DAYS) <= now;
  if (!isExpired) report.erased += await compareEvents(seal, found);
}

async function checkDay(
  seal: AuditSealFields,
  { ids, isIntact }: Day,
  { report, heads, found }: { report: AuditReport; heads: KnownHeads; found: Found },
): Promise<void> {
  const day = getDay(seal);
  const known = heads[day];
  if (isIntact) await checkAdded(day, ids, found);
  if (known && !isSameSecret(known, String(seal.head))) found("The head differs from the one in your email.");
  report.days += 1;
  report.last = { day, head: seal.head };
}

/** Checks that the events that are stored for a day were sealed with it, and say that they are of that day. */
async function checkAdded(day: string, sealed: Set<string>, found: Found): Promise<void> {
  const start = getDayStart(day);
  const end = addDays(start, 1);
  for await (const { _id, at } of AuditEvent.streamBetween(start, end)) {
    if (!sealed.has(String(_id))) found("This event was added after the day was sealed.", String(_id));
    else if (!(at >= start && at < end))
      found("This event has another time than the day it was sealed with.", String(_id));
  }
}

/** Finds events that no day contains, because they were given an expiry date that the app never sets. */
async function checkOutside(first: string, report: AuditReport, now: Date): Promise<void> {
  const text = "The time of this event is not one of a day that was sealed.";
  const latest = new Date(now.getTime() + CLOCKS_DIFFER_MS);
  for (const event of await AuditEvent.listOutside(getDayStart(first), latest, now))
    report.faults.push({ day: first, event, text });
}

/** Checks that the chain reaches until yesterday, and every day of which the head is known. */
async function checkEnd(report: AuditReport, heads: KnownHeads, now: Date): Promise<void> {
  const due = formatDay(now.getTime() - SEALED_WITHIN_MS - DAY_MS);
  const begun = report.last?.day ?? formatDay((await AuditEvent.findOldest())?.getTime() ?? now.getTime());
  const isSealed = (day: string) => report.last !== null && day <= report.last.day;
  const expected = [...(begun <= due ? [due] : []), ...Object.keys(heads)];
  const text = "This day is not sealed. If the app was stopped, start it and try again; otherwise, seals were removed.";
  for (const day of new Set(expected)) if (!isSealed(day)) report.faults.push({ day, text });
}
