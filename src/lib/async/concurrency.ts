import pLimit from "p-limit";
import { Overloaded } from "./overloaded.js";

/**
 * Lets only so many do something at once; the others wait in the order in which they came, and when too many do, they are
 * sent away.
 * @throws Overloaded from the function that it returns
 */
export function limitConcurrency({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
  const limit = pLimit(atOnce);
  return async <Result>(act: () => Promise<Result>): Promise<Result> => {
    if (limit.activeCount + limit.pendingCount >= atOnce + mostWaiting) throw new Overloaded("Too many wait already");
    return limit(act);
  };
}
