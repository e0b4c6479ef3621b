import type { Types } from "mongoose";
import { appendEntry, type OutboxEntry } from "../outbox.js";

/** Number of links that an account remembers. A link's own `usedAt` records its use for as long as the link is kept. */
const MOST_LINKS = 20;

/** The follow-up of a change, and the mailed link that caused it. The same write uses up the link. */
export type Cause = { entry?: OutboxEntry | undefined; link?: Types.ObjectId | undefined };

/** Matches while the link has not changed the account. */
export const isUnused = ({ link }: Cause) => (link ? { usedLinks: { $ne: link } } : {});

/** The part of an update that stores the cause of a change. */
export function pushCause({ entry, link }: Cause) {
  const pushed = {
    ...(entry && { outbox: entry }),
    ...(link && { usedLinks: { $each: [link], $slice: -MOST_LINKS } }),
  };
  return Object.keys(pushed).length > 0 ? { $push: pushed } : {};
}

/** Like `pushCause`, but returns fields of a `$set` stage for update pipelines. */
export function appendCause({ entry, link }: Cause) {
  const links = { $slice: [{ $concatArrays: [{ $ifNull: ["$usedLinks", []] }, [link]] }, -MOST_LINKS] };
  return { ...appendEntry(entry), ...(link && { usedLinks: links }) };
}
