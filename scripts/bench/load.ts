import autocannon, { type Request } from "autocannon";
import { percentile } from "./figures.js";

/** Connections at a time, of pages and of logins. */
export const CONNECTIONS = 32;
const TIMEOUT_SECONDS = 60;
const SAMPLE_MS = 50;

/** What a load came to; times of single answers in milliseconds. */
export interface Load {
  count: number;
  perSecond: number;
  p50: number;
  p99: number;
}

interface Settings {
  origin: string;
  /** Dealt out among the connections, each of which goes round its own share. */
  requests: Request[];
  /** The status that every answer must have. */
  status?: number;
  connections?: number;
  /** How long, in seconds, or how many requests in all. */
  seconds?: number;
  amount?: number;
}

/** Asks for pages as fast as they come. @throws when an answer is not the one expected */
export async function load(settings: Settings): Promise<Load> {
  return begin(settings).ended;
}

/** The same, to be ended by `stop`. */
export function begin(settings: Settings) {
  const { origin, status = 200, connections = CONNECTIONS, seconds, amount } = settings;
  const howMuch = amount === undefined ? { duration: seconds ?? 1 } : { amount };
  const shares = deal(settings.requests, connections);
  const began = performance.now();
  // Its types know it as a promise only.
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

/** Takes every answer's time; autocannon's own are rounded to milliseconds. */
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

/** A share for each connection, so that no two ask for the same thing at once, unless there is not enough to go round. */
function deal(requests: Request[], connections: number): Request[][] {
  return Array.from({ length: connections }, (_, connection) => {
    const share = requests.filter((_request, n) => n % connections === connection);
    return (share.length > 0 ? share : requests).map((request) => ({ ...request }));
  });
}
