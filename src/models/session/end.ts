import { BOUNDED, sessionModel } from "./schema.js";

/** Lifetime of a tombstone. It prevents concurrent requests from storing an ended session again. */
export const TOMBSTONE_MS = 60 * 60_000;

/** Matches all sessions except this one and its successor, because another request may be rotating the id now. */
export const exceptSession = (kept: string) => ({ _id: { $ne: kept as never }, "session.succeeds": { $ne: kept } });

export const buildEndUpdate = () => ({
  $set: { endedAt: new Date(), expires: new Date(Date.now() + TOMBSTONE_MS) },
  $unset: { session: "" as const },
});

/**
 * Ends sessions. Returns their number.
 *
 * The update runs twice. The first run ends the matching sessions, but may miss a successor that is stored a moment
 * later. The second run finds that successor. Ended sessions have no content and are not counted again.
 */
export async function endSessions(which: object): Promise<number> {
  const first = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  const second = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  return first.matchedCount + second.matchedCount;
}
