import { declareMetrics } from "./declare.js";

const metrics = declareMetrics(({ Counter, Histogram }) => ({
  requests: new Counter({
    name: "postern_http_requests_total",
    help: "Requests that ended, by route, method and class of the status. A request that was cut off has the status none.",
    labelNames: ["route", "method", "status"],
  }),
  durations: new Histogram({
    name: "postern_http_request_duration_seconds",
    help: "Time from the request's arrival to the end of its response.",
    labelNames: ["route", "method"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
}));
type Metrics = NonNullable<ReturnType<typeof metrics>>;

/** Methods with a label of their own. Clients can send any others, and each would be a new series. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

type Series = { count: Map<string, { inc(): void }>; duration: { observe(seconds: number): void } };
const known = new Map<string, Map<string, Series>>();

/**
 * Counts a request. Its labels are looked up once for each route, and not built again for each request.
 * @param route the pattern of the address, never the path that was sent
 * @param status null if the response was cut off
 */
export function countRequest(route: string, sent: string, status: number | null, seconds: number): void {
  const all = metrics();
  if (!all) return;
  const method = methods.has(sent) ? sent : "other";
  const { count, duration } = findSeries(all, route, method);
  const group = status === null ? "none" : `${Math.floor(status / 100)}xx`;
  let counter = count.get(group);
  if (!counter) {
    counter = all.requests.labels(route, method, group);
    count.set(group, counter);
  }
  counter.inc();
  duration.observe(seconds);
}

function findSeries({ durations }: Metrics, route: string, method: string): Series {
  let byMethod = known.get(route);
  if (!byMethod) {
    byMethod = new Map();
    known.set(route, byMethod);
  }
  let series = byMethod.get(method);
  if (!series) {
    series = { count: new Map(), duration: durations.labels(route, method) };
    byMethod.set(method, series);
  }
  return series;
}
