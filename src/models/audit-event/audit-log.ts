import { Types } from "mongoose";
import { AuditEvent, type AuditEventFields } from "../audit-event.js";

const PAGE = 50;
const DAY_MS = 86_400_000;
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * Filters of the audit log: a user as subject or actor, one kind of event, and a range of days (UTC, both included).
 */
export type AuditQuestion = { person?: string; event?: string; from?: Date; to?: Date };
type Path = { match: Record<string, unknown>; hint: Record<string, 1 | -1> };

/**
 * Returns one page of the audit log, newest first. Each read is a range of one index, so the cost of a page depends
 * neither on the number of events nor on their age.
 * @param before `older` of the previous page
 */
export async function readAudit(question: AuditQuestion, before?: string, size = PAGE) {
  const within = getRange(question, before);
  const reads = listPaths(question).map(({ match, hint }) =>
    AuditEvent.collection
      .find<AuditEventFields>({ ...match, ...within }, { hint, ...BOUNDED })
      .sort({ _id: -1 })
      .limit(size + 1)
      .toArray(),
  );
  const newestFirst = (one: AuditEventFields, other: AuditEventFields) => (one._id < other._id ? 1 : -1);
  const found = (await Promise.all(reads)).flat().sort(newestFirst);
  const events = found.slice(0, size);
  return { events, older: found.length > size ? String(events.at(-1)?._id) : null };
}

/** Lists the index ranges for a query. A user's events are those about the user and those caused by the user. */
function listPaths({ person, event }: AuditQuestion): Path[] {
  const kind = event === undefined ? {} : { match: { event }, key: { event: 1 as const } };
  const path = (match: object, key: object): Path => ({
    match: { ...match, ...kind.match },
    hint: { ...key, ...kind.key, _id: event === undefined && !person ? 1 : -1 },
  });
  if (person === undefined) return [path({}, {})];
  const id = new Types.ObjectId(person);
  return [path({ user: id }, { user: 1 }), path({ actor: { $eq: id, $type: "objectId" } }, { actor: 1 })];
}

/** Converts a range of time to a range of ids, because object ids begin with their creation time. */
function getRange({ from, to }: AuditQuestion, before?: string) {
  const at = (ms: number) => Types.ObjectId.createFromTime(ms / 1000);
  const ends = [...(to ? [at(to.getTime() + DAY_MS)] : []), ...(before ? [new Types.ObjectId(before)] : [])];
  const end = ends.sort((one, other) => (String(one) < String(other) ? -1 : 1))[0];
  const range = { ...(from && { $gte: at(from.getTime()) }), ...(end && { $lt: end }) };
  return Object.keys(range).length > 0 ? { _id: range } : {};
}
