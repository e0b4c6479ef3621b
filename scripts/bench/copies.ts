import { Types } from "mongoose";

/**
 * Copies a document with another id and some other values.
 * @param changes new values by the old value as text; an ObjectId is also replaced inside texts
 */
export function createCopy(document: object, changes: Map<string, unknown>): object {
  const copy = changed(document, changes) as { _id: unknown };
  const own = (document as { _id: unknown })._id;
  return { ...copy, _id: changes.get(String(own)) ?? new Types.ObjectId() };
}

function changed(value: unknown, changes: Map<string, unknown>): unknown {
  if (value instanceof Types.ObjectId) return changes.get(String(value)) ?? value;
  if (typeof value === "string") return String(changes.get(value) ?? value);
  if (Array.isArray(value)) return value.map((item) => changed(item, changes));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, changed(item, changes)]));
}
