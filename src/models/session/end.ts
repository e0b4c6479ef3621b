import { BOUNDED, sessionModel } from "./schema.js";

/** How long an ended session leaves a tombstone, so that concurrent requests cannot store the session again. */
export const TOMBSTONE_MS = 60 * 60_000;

/** Matches all sessions except this one and its successor: another request may be rotating the id at this moment. */
export const exceptSession = (kept: string) => ({ _id: { $ne: kept as never }, "session.succeeds": { $ne: kept } });

export const buildEndUpdate = () => ({
  $set: { endedAt: new Date(), expires: new Date(Date.now() + TOMBSTONE_MS) },
  $unset: { session: "" as const },
});

/**
 * Ends sessions. Returns how many.
 *
 * The update runs twice. The first run may miss a successor that is stored a moment later, and still end the session before it.
 * By the second run, that successor exists. Ended sessions have no content and are not counted again.
 */
export async function endSessions(which: object): Promise<number> {
  const first = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  const second = await sessionModel.collection.updateMany(which, buildEndUpdate(), BOUNDED);
  return first.matchedCount + second.matchedCount;
}
