import { declareMetrics } from "./declare.js";

// The label is "kind", because Prometheus has a label "job" of its own.
const runs = declareMetrics(
  ({ Counter }) =>
    new Counter({
      name: "postern_job_runs_total",
      help: "Runs of background jobs. A failed job runs again later; after a day it is given up.",
      labelNames: ["kind", "outcome"],
    }),
);

/** Counts a run of a job, by its kind. */
export const countJobRun = (kind: string, outcome: "done" | "failed" | "given-up"): void =>
  runs()?.labels(kind, outcome).inc();

/** Makes the series of these kinds of jobs exist before the first run. */
export function declareJobs(names: string[]): void {
  for (const name of names) for (const outcome of ["done", "failed", "given-up"]) runs()?.labels(name, outcome).inc(0);
}
