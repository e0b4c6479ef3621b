import pLimit from "p-limit";
import { Overloaded } from "./overloaded.js";

/**
 * Limits how many actions run at once. The others wait in order; if too many wait, further ones are refused.
 * @throws Overloaded from the returned function
 */
export function limitConcurrency({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
  const limit = pLimit(atOnce);
  return async <Result>(act: () => Promise<Result>): Promise<Result> => {
    if (limit.activeCount + limit.pendingCount >= atOnce + mostWaiting) throw new Overloaded("Too many wait already");
    return limit(act);
  };
}
