import type { Types } from "mongoose";
import { appendEntry, type OutboxEntry } from "../outbox.js";

/** How many links that changed it an account remembers; `usedAt` of the link itself says it for as long as the link is kept. */
const MOST_LINKS = 20;

/** What comes with a change: what is left to do after it, and the mailed link that made it, which is used up in the same write. */
export type Cause = { entry?: OutboxEntry | undefined; link?: Types.ObjectId | undefined };

/** Holds while the link did not change the account yet. */
export const isUnused = ({ link }: Cause) => (link ? { usedLinks: { $ne: link } } : {});

/** The part of an ordinary update that stores the cause of a change. */
export function pushCause({ entry, link }: Cause) {
  const pushed = {
    ...(entry && { outbox: entry }),
    ...(link && { usedLinks: { $each: [link], $slice: -MOST_LINKS } }),
  };
  return Object.keys(pushed).length > 0 ? { $push: pushed } : {};
}

/** The same as fields of a `$set` stage, for updates that are pipelines. */
export function appendCause({ entry, link }: Cause) {
  const links = { $slice: [{ $concatArrays: [{ $ifNull: ["$usedLinks", []] }, [link]] }, -MOST_LINKS] };
  return { ...appendEntry(entry), ...(link && { usedLinks: links }) };
}
