import autocannon, { type Request } from "autocannon";
import { percentile } from "./figures.js";

/** Concurrent connections for pages and logins. */
export const CONNECTIONS = 32;
const TIMEOUT_SECONDS = 60;
const SAMPLE_MS = 50;

/** Result of a load. Times of single responses are in milliseconds. */
export interface Load {
  count: number;
  perSecond: number;
  p50: number;
  p99: number;
}

interface Settings {
  origin: string;
  /** Requests that are distributed among the connections. Each connection repeats its share. */
  requests: Request[];
  /** The expected status of every response. */
  status?: number;
  connections?: number;
  /** Duration in seconds, or number of requests. */
  seconds?: number;
  amount?: number;
}

/** Requests pages as fast as possible. @throws Error if a response is not as expected */
export async function load(settings: Settings): Promise<Load> {
  return begin(settings).ended;
}

/** Like `load`, but runs until `stop` is called. */
export function begin(settings: Settings) {
  const { origin, status = 200, connections = CONNECTIONS, seconds, amount } = settings;
  const howMuch = amount === undefined ? { duration: seconds ?? 1 } : { amount };
  const shares = deal(settings.requests, connections);
  const began = performance.now();
  // The type of autocannon declares only a promise.
  const run = autocannon({
    url: origin,
    connections,
    ...howMuch,
    timeout: TIMEOUT_SECONDS,
    sampleInt: SAMPLE_MS,
    setupClient: (client) => client.setRequests(shares.pop() ?? []),
  }) as Promise<autocannon.Result> & Omit<autocannon.Instance, "then">;
  const watched = watch(run, status, amount === undefined ? undefined : began);
  const ended = run.then(watched);
  return { ended, stop: () => run.stop() };
}

/** Records the time of every response, because autocannon rounds its own times to milliseconds. */
function watch(run: Omit<autocannon.Instance, "then">, expected: number, began: number | undefined) {
  const times: number[] = [];
  const others = new Map<number, number>();
  let first = began;
  let last = 0;
  run.on("response", (_client, status, _bytes, ms) => {
    last = performance.now();
    first ??= last;
    times.push(ms);
    if (status !== expected) others.set(status, (others.get(status) ?? 0) + 1);
  });
  return ({ errors, timeouts }: autocannon.Result): Load => {
    if (errors + timeouts + others.size > 0) {
      throw new Error(
        `Not ${expected}: ${errors} errors, ${timeouts} timeouts, by status ${JSON.stringify([...others])}`,
      );
    }
    const perSecond = (1000 * times.length) / (last - (first ?? 0));
    return { count: times.length, perSecond, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  };
}

/**
 * Gives each connection its own share, so that no two connections request the same page at once, unless there are too
 * few requests.
 */
function deal(requests: Request[], connections: number): Request[][] {
  return Array.from({ length: connections }, (_, connection) => {
    const share = requests.filter((_request, n) => n % connections === connection);
    return (share.length > 0 ? share : requests).map((request) => ({ ...request }));
  });
}
