import { Types } from "mongoose";
import { AuditEvent, type AuditEventFields } from "../audit-event.js";

const PAGE = 50;
const DAY_MS = 86_400_000;
const BOUNDED = { maxTimeMS: 5_000 };

/** Which events: those of or by somebody, of one kind, between two days (UTC, both included). */
export type AuditQuestion = { person?: string; event?: string; from?: Date; to?: Date };
type Path = { match: Record<string, unknown>; hint: Record<string, 1 | -1> };

/**
 * A page of what was written down, newest first. Each of its reads is a range of one index, so a page costs the same
 * however much is written down, and however far back it is.
 * @param before `older` of the page before
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

/** What somebody had to do with was done to them, or by them. */
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

/** Ids begin with the time they were made at, so a range of time is a range of them. */
function getRange({ from, to }: AuditQuestion, before?: string) {
  const at = (ms: number) => Types.ObjectId.createFromTime(ms / 1000);
  const ends = [...(to ? [at(to.getTime() + DAY_MS)] : []), ...(before ? [new Types.ObjectId(before)] : [])];
  const end = ends.sort((one, other) => (String(one) < String(other) ? -1 : 1))[0];
  const range = { ...(from && { $gte: at(from.getTime()) }), ...(end && { $lt: end }) };
  return Object.keys(range).length > 0 ? { _id: range } : {};
}
