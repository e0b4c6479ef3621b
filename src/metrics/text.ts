import type { register } from "prom-client";
import { prometheus } from "./declare.js";

/** The metrics of a process, as they are sent to another one. */
export type Measures = Awaited<ReturnType<typeof register.getMetricsAsJSON>>;

/** Returns the metrics of this process. The values are read now. */
export const readOwnMetrics = (): Promise<Measures> => prometheus().register.getMetricsAsJSON();

let readOthers: (own: Measures) => Promise<Measures[]> = async () => [];
/** Sets where the metrics of the other processes come from. */
export function addOtherMetrics(others: (own: Measures) => Promise<Measures[]>): void {
  readOthers = others;
}

/** Returns the metrics that only grow, without those that describe a moment. */
export const keepCounts = (measures: Measures): Measures =>
  measures.filter(({ type }) => ["counter", "histogram"].includes(String(type)));

/** Adds up the metrics of processes. */
export const addMetrics = (all: Measures[]): Promise<Measures> =>
  prometheus().AggregatorRegistry.aggregate(all).getMetricsAsJSON();

/** Returns the metrics of all processes, added up, in the text format of Prometheus. The values are read now. */
export async function readMetrics(): Promise<{ type: string; text: string }> {
  const { AggregatorRegistry, register } = prometheus();
  const own = await readOwnMetrics();
  const all = AggregatorRegistry.aggregate([own, ...(await readOthers(own))]);
  return { type: register.contentType, text: await all.metrics() };
}
