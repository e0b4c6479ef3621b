import { loadLater } from "../lib/load-later.js";

/** Its classes are created only in processes that measure, because the package takes a hundred modules. */
export const prometheus = loadLater<typeof import("prom-client")>("prom-client");

let isMeasured = false;
const declared: (() => unknown)[] = [];

/**
 * Declares metrics. They exist from `createMetrics` on, before their first count: Prometheus sees no increase in a series that
 * begins at 1. Without metrics in the configuration, nothing is counted.
 * @param create creates them; called at most once
 * @returns a function that returns them, or undefined as long as they do not exist
 */
export function declareMetrics<Metrics>(create: (classes: ReturnType<typeof prometheus>) => Metrics) {
  let metrics: Metrics | undefined;
  const ensure = () => {
    metrics ??= create(prometheus());
  };
  if (isMeasured) ensure();
  else declared.push(ensure);
  return (): Metrics | undefined => metrics;
}

/** Creates all declared metrics. */
export function createMetrics(): void {
  isMeasured = true;
  for (const ensure of declared.splice(0)) ensure();
}
