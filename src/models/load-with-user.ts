import type { Types } from "mongoose";
import { batchReads } from "../lib/async/batch-loader.js";
import { BoundedMap } from "../lib/bounded-map.js";
import { findRequestUsers, type RequestUserFields } from "./user/request-user.js";

/** Maximum number of sessions and tokens whose users this process remembers: about 3 MB. */
const MOST_REMEMBERED = 20_000;

type Owned<Row> = {
  /** The key of a document. */
  getKey(row: Row): string;
  /** The id of its user; undefined if it has none any more. */
  getUser(row: Row): Types.ObjectId | undefined;
  /** The epoch in which it was created, if it ends with that epoch. */
  getEpoch?(row: Row): number | undefined;
};
/** A document with its user; the user is missing if the account was deleted. */
export type WithUser<Row> = Row & { person: RequestUserFields | undefined };

/**
 * Creates a function that loads a session or token together with its user. Concurrent calls share two reads, one of each
 * collection, which costs the database less than half of a join (docs/bench).
 *
 * Both reads are sent together, because this process remembers which user a document had at the last request. That is
 * only a hint: if it is missing or wrong, or if the epochs differ because the user was changed between the two reads,
 * the user is read again.
 */
export function loadWithUser<Row extends object>(read: (keys: string[]) => Promise<Row[]>, owned: Owned<Row>) {
  const hints = new BoundedMap<string, string>(MOST_REMEMBERED);

  return batchReads<WithUser<Row>>(async (keys) => {
    const hinted = keys.map((key) => hints.get(key)).filter((id) => id !== undefined);
    const [rows, people] = await Promise.all([read(keys), findRequestUsers(hinted)]);
    const unread = rows.filter((row) => !isCurrent(row, people));
    if (unread.length > 0) {
      const again = await findRequestUsers(unread.map((row) => String(owned.getUser(row))));
      for (const [id, person] of again) people.set(id, person);
    }
    return new Map(rows.map((row) => [owned.getKey(row), join(row, people)]));
  });

  /** Returns true if the user of a document has been read, and in the document's epoch; also if it has no user. */
  function isCurrent(row: Row, people: Map<string, RequestUserFields>): boolean {
    const user = owned.getUser(row);
    const person = people.get(String(user));
    return !user || (person !== undefined && [undefined, person.sessionEpoch].includes(owned.getEpoch?.(row)));
  }

  function join(row: Row, people: Map<string, RequestUserFields>): WithUser<Row> {
    const user = owned.getUser(row);
    if (user) hints.set(owned.getKey(row), String(user));
    return Object.assign(row, { person: people.get(String(user)) });
  }
}
