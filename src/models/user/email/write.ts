import type { Types } from "mongoose";
import type { Outcome, Taken } from "../../../definitions/outcomes.js";
import { writeWithEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { toTaken } from "../taken.js";
import { type Cause, isUnused } from "../used-links.js";

const HOURS = 3_600_000;
/** Time for which a previous email can be restored: the longest lifetime of a link to it. */
export const MAY_RETURN_MS = 72 * HOURS;

/**
 * Result of a change. "stale" means that the account has changed since it was read, or that the link was already used.
 */
export type EmailOutcome = Outcome<"done" | "stale"> | Taken;

/** Makes one atomic write. The unique indexes decide which account gets an email. */
export async function changeAddress(
  { _id }: { _id: Types.ObjectId },
  update: object | object[],
  condition: object,
  cause: Cause = {},
): Promise<EmailOutcome> {
  const which = { _id, ...isUnused(cause), ...condition };
  try {
    return (await writeWithEntry(getUserCollection(), which, update, cause.entry)) ? "done" : "stale";
  } catch (error) {
    return toTaken(error);
  }
}
