import { countJobs } from "../../jobs/count.js";
import "../../metrics/emails.js"; // all series exist in each process, so that they are 0 before the first email or job
import { startGauges } from "../../metrics/gauges.js";
import "../../metrics/jobs.js";
import { Session } from "../../models/session.js";
import { listJobsOfOthers } from "./backup/scheduled.js";

/** Starts to measure this process and the database, for /metrics. Call it once. */
export const startMetrics = (): void =>
  startGauges({ countJobs: () => countJobs(listJobsOfOthers()), countSessions: Session.estimateAll });
