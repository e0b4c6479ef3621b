import { getOldestReadMs } from "../lib/async/batch-loader.js";
import { withTimeout } from "../lib/async/timeout.js";
import { load } from "./session/schema.js";

const ANSWER_WITHIN_MS = 1_000;
/** Batched reads normally take milliseconds. */
const STUCK_AFTER_MS = 3_000;

/**
 * Returns true if the database responds to requests. Makes the same read as every page of a logged-in user, for a
 * session that does not exist. This is necessary because the driver's monitor and a ping can succeed while reads are
 * stuck. Never throws.
 */
export async function isReady(): Promise<boolean> {
  if (getOldestReadMs() > STUCK_AFTER_MS) return false;
  return withTimeout(load("readiness"), ANSWER_WITHIN_MS).then(
    () => true,
    () => false,
  );
}
