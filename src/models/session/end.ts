import { BOUNDED, sessionModel } from "./schema.js";

/** A request that was under way while its session ended must not write it back for as long as this. */
export const TOMBSTONE_MS = 60 * 60_000;

/** Another request may give the kept session a new id at this moment. */
export const exceptSession = (kept: string) => ({ _id: { $ne: kept as never }, "session.succeeds": { $ne: kept } });

export const buildEndUpdate = () => ({
  $set: { endedAt: new Date(), expires: new Date(Date.now() + TOMBSTONE_MS) },
  $unset: { session: "" as const },
});

/**
 * Ends sessions. Answers how many these were.
 *
 * Twice: the first time may pass the place where a successor is stored a moment later, and still find the session before it,
 * which was succeeded meanwhile. Then the successor is there when the second time begins. The ended have no content to be found by.
 */
export async function endSessions(which: object): Promise<number> {
  const first = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  const second = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  return first.matchedCount + second.matchedCount;
}
