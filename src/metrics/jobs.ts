import type { Counter } from "prom-client";
import { declareMetrics } from "./declare.js";

const outcomes = ["done", "failed", "given-up"] as const;
type Runs = Counter<"kind" | "outcome">;

/** The kinds of jobs that this process runs. */
const kinds: string[] = [];

// The label is "kind", because Prometheus has a label "job" of its own.
const runs = declareMetrics(({ Counter }) => {
  const counter: Runs = new Counter({
    name: "postern_job_runs_total",
    help: "Runs of background jobs. A failed job runs again later; after a day it is given up.",
    labelNames: ["kind", "outcome"],
  });
  beginAtZero(counter, kinds);
  return counter;
});

function beginAtZero(counter: Runs, names: string[]): void {
  for (const name of names) for (const outcome of outcomes) counter.labels(name, outcome).inc(0);
}

/** Counts a run of a job, by its kind. */
export const countJobRun = (kind: string, outcome: (typeof outcomes)[number]): void =>
  runs()?.labels(kind, outcome).inc();

/** Makes the series of these kinds of jobs exist before the first run. */
export function declareJobs(names: string[]): void {
  kinds.push(...names);
  const counter = runs();
  if (counter) beginAtZero(counter, names);
}
