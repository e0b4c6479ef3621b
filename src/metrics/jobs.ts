import { Counter } from "prom-client";

const runs = new Counter({
  name: "postern_job_runs_total",
  help: "Runs of background jobs. A failed job runs again later; after a day it is given up.",
  labelNames: ["job", "outcome"],
});

/** Counts a run of a job, by its kind. */
export const countJobRun = (job: string, outcome: "done" | "failed" | "given-up"): void =>
  runs.labels(job, outcome).inc();

/** Makes the series of these kinds of jobs exist before the first run. */
export function declareJobs(names: string[]): void {
  for (const name of names) for (const outcome of ["done", "failed", "given-up"]) runs.labels(name, outcome).inc(0);
}
