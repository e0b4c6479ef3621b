import { getOldestReadMs } from "../lib/async/batch-loader.js";
import { withTimeout } from "../lib/async/timeout.js";
import { load } from "./session/schema.js";

const ANSWER_WITHIN_MS = 1_000;
/** Reads of batches take milliseconds. */
const STUCK_AFTER_MS = 3_000;

/**
 * Whether requests get what they ask of the database. Asks as they do, by the read that every signed-in page begins with, for a session
 * that does not exist: the driver's monitor and a ping can be content while reads are stuck. Never throws.
 */
export async function isReady(): Promise<boolean> {
  if (getOldestReadMs() > STUCK_AFTER_MS) return false;
  return withTimeout(load("readiness"), ANSWER_WITHIN_MS).then(
    () => true,
    () => false,
  );
}
