import { AggregatorRegistry, register } from "prom-client";

/** The metrics of a process, as they are sent to another one. */
export type Measures = Awaited<ReturnType<typeof register.getMetricsAsJSON>>;

/** Returns the metrics of this process. The values are read now. */
export const readOwnMetrics = (): Promise<Measures> => register.getMetricsAsJSON();

let readOthers: () => Promise<Measures[]> = async () => [];
/** Sets where the metrics of the other processes come from. */
export function addOtherMetrics(others: () => Promise<Measures[]>): void {
  readOthers = others;
}

/** Returns the metrics of all processes, added up, in the text format of Prometheus. The values are read now. */
export async function readMetrics(): Promise<{ type: string; text: string }> {
  const [own, others] = await Promise.all([readOwnMetrics(), readOthers()]);
  const all = AggregatorRegistry.aggregate([own, ...others]);
  return { type: register.contentType, text: await all.metrics() };
}
