import { isDuplicate } from "../../database/errors.js";
import type { Taken } from "../../definitions/outcomes.js";

/**
 * Converts the error of a unique index to the field of the account whose value another account has.
 * @throws the error itself, if it has another cause
 */
export function toTaken(error: unknown): Taken {
  const [path] = isDuplicate(error) ? Object.keys((error as { keyPattern?: object }).keyPattern ?? {}) : [];
  if (!path || path === "_id") throw error;
  return { taken: path.replace("profile.", "") };
}
