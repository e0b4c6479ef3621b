import type { Gauge } from "prom-client";
import { withTimeout } from "../lib/async/timeout.js";
import { countHashing } from "../lib/passwords/hash.js";
import { createMetrics, prometheus } from "./declare.js";

/** Jobs of one kind in one state, and how long the oldest of those that wait is due. */
export type JobCount = { kind: string; state: string; count: number; waitedMs: number };
/** What is counted in the database when metrics are read. */
export type Sources = { countJobs(): Promise<JobCount[]>; countSessions(): Promise<number> };

/** What waits for a server of others, so that an alert can tell when that one is down. */
const queues = [
  {
    name: "postern_emails_waiting",
    help: "Emails to be sent: due, scheduled after a failed attempt, or under way.",
    kind: "send-mail",
  },
  {
    name: "postern_webhook_deliveries_waiting",
    help: "Events to be sent to webhooks: due, scheduled after a failed attempt, or under way.",
    kind: "deliver-webhook",
  },
];
const countKind = (jobs: JobCount[], of: string) =>
  jobs.reduce((sum, { kind, count }) => (kind === of ? sum + count : sum), 0);
/** A scrape must end, be the database down. Prometheus waits ten seconds by default. */
const ANSWER_WITHIN_MS = 2_000;
/** Several Prometheus servers, and several processes, share a database. */
const READ_EVERY_MS = 5_000;

/** Gauges of prom-client that are named like counters, which `promtool check metrics` refuses. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];
/** Gauges of prom-client that it averages over processes, which would hide that one of them is blocked. */
const averaged = ["", "_mean", "_stddev", "_p50", "_p90", "_p99"].map((part) => `nodejs_eventloop_lag${part}_seconds`);

/**
 * Starts to measure the process, and to read the other values each time that metrics are read: the hashing queue, jobs
 * and sessions. While the database does not answer, its values are missing, and `postern_database_up` is 0.
 */
export function startGauges(sources: Sources): void {
  createMetrics();
  const { collectDefaultMetrics, register } = prometheus();
  collectDefaultMetrics();
  for (const name of misnamed) register.removeSingleMetric(name);
  for (const name of averaged) Object.assign(register.getSingleMetric(name) ?? {}, { aggregator: "max" });
  addHashing();
  addCounts(sources);
}

function addHashing(): void {
  const { Counter, Gauge } = prometheus();
  new Gauge({
    name: "postern_hashing_tasks",
    help: "Password hashes and comparisons that run or wait.",
    labelNames: ["state"],
    collect() {
      const { running, waiting } = countHashing();
      this.set({ state: "running" }, running);
      this.set({ state: "waiting" }, waiting);
    },
  });
  new Counter({
    name: "postern_hashing_refused_total",
    help: "Password hashes and comparisons refused because too many waited. Their users got a 503.",
    collect() {
      this.reset();
      this.inc(countHashing().refused);
    },
  });
}

/** All processes read the same database, so their values are not added up ("max"). */
function addCounts({ countJobs, countSessions }: Sources): void {
  const { Gauge } = prometheus();
  const read = readAtMostEvery(READ_EVERY_MS, async () => {
    const counting = Promise.all([countJobs(), countSessions()]);
    return await withTimeout(counting, ANSWER_WITHIN_MS).catch(() => null);
  });
  const add = (
    about: { name: string; help: string; labelNames?: string[] },
    show: (gauge: Gauge, jobs: JobCount[], sessions: number) => void,
  ) =>
    new Gauge({
      ...about,
      aggregator: "max",
      async collect() {
        const counts = await read();
        this.reset();
        if (counts) show(this, ...counts);
        else this.remove({}); // a gauge without labels would be 0
      },
    });
  add(
    {
      name: "postern_jobs",
      help: "Background jobs of all processes. A job waits when it is due and not started; after a failure it is scheduled.",
      labelNames: ["kind", "state"],
    },
    (gauge, jobs) => {
      for (const { kind, state, count } of jobs) gauge.set({ kind, state }, count);
    },
  );
  add(
    {
      name: "postern_jobs_oldest_waiting_seconds",
      help: "For how long the oldest waiting job of a kind has been due; 0 if none waits.",
      labelNames: ["kind"],
    },
    (gauge, jobs) => {
      for (const { kind, waitedMs } of jobs) gauge.inc({ kind }, waitedMs / 1_000); // one row of each kind waits
    },
  );
  for (const { name, help, kind } of queues) add({ name, help }, (gauge, jobs) => gauge.set(countKind(jobs, kind)));
  add(
    { name: "postern_sessions", help: "Stored sessions, approximately. Ended ones are stored for another hour." },
    (gauge, _jobs, sessions) => gauge.set(sessions),
  );
  new Gauge({
    name: "postern_database_up",
    help: "1 if the database answered when these metrics were read, otherwise 0.",
    aggregator: "min",
    async collect() {
      this.set((await read()) ? 1 : 0);
    },
  });
}

/** Returns a function that reads, or returns what was read less than `ms` milliseconds ago. */
function readAtMostEvery<Value>(ms: number, read: () => Promise<Value>): () => Promise<Value> {
  let last: { at: number; value: Promise<Value> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now - last.at >= ms) last = { at: now, value: read() };
    return last.value;
  };
}
