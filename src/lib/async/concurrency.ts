import pLimit from "p-limit";
import { Overloaded } from "./overloaded.js";

/**
 * Limits how many actions run at once. Further actions wait in order, up to `mostWaiting`.
 * @throws Overloaded from the returned function if too many actions wait
 */
export function limitConcurrency({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
  const limit = pLimit(atOnce);
  return async <Result>(act: () => Promise<Result>): Promise<Result> => {
    if (limit.activeCount + limit.pendingCount >= atOnce + mostWaiting) throw new Overloaded("Too many wait already");
    return limit(act);
  };
}
