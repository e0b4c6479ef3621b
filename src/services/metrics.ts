import { countJobs } from "../jobs/count.js";
import { startGauges } from "../metrics/gauges.js";
import { Session } from "../models/session.js";

/** Starts to measure this process and the database, for /metrics. Call it once. */
export const startMetrics = (): void => startGauges({ countJobs, countSessions: Session.estimateAll });
