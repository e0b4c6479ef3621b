import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.js";
import { type Child, type Ending, startSafely } from "./child.js";

/** Timing of restarts. */
type RestartPace = {
  /** The pause before the first restart; doubled for each one that follows soon. */
  pauseMs: number;
  longestPauseMs: number;
  /** A process that has run this long has started properly. */
  steadyMs: number;
};

const usualPace: RestartPace = { pauseMs: 100, longestPauseMs: 10_000, steadyMs: 10_000 };

/** A place for one process, which is started again whenever it ends. */
export interface Place {
  /** Returns the process in this place; while another one takes over, the old one. */
  getChild(): Child;
  /** Returns the number of starts in a row after which the process soon ended. */
  getFailures(): number;
  /**
   * Starts another process and, once it is ready, retires the old one. Returns false if the new one does not start, true
   * also if the place is told to stop meanwhile.
   */
  replace(): Promise<boolean>;
  /** Tells all processes of this place to stop, and waits until they are gone. */
  stop(): Promise<void>;
  /** Ends them at once. */
  kill(): void;
}

/**
 * Starts a process and keeps one running. Example: a web process runs for an hour and crashes. The next one starts after
 * 0.1 s and crashes at its start, so the one after that starts 0.2 s later, then 0.4 s, up to 10 s. The same if the system cannot
 * start it.
 * @param kind names it in the log
 * @param onFailure called when it has ended unexpectedly
 */
export function keepRunning(
  kind: string,
  start: () => Child,
  onFailure: (ending: Ending) => void = () => undefined,
  pace = usualPace,
): Place {
  const alive = new Set<Child>();
  const stopping = new AbortController();
  const launch = () => {
    const child = startSafely(start);
    alive.add(child);
    void child.ended.then(() => alive.delete(child));
    void child.ready.then((report) => report && sayReady(kind, child));
    return child;
  };
  const endAll = (signal: NodeJS.Signals) => {
    stopping.abort();
    for (const child of alive) child.kill(signal);
  };
  let failures = 0;
  let current = launch();
  void restartAfter(current);

  async function restartAfter(child: Child): Promise<void> {
    const since = performance.now();
    const ending = await child.ended;
    if (stopping.signal.aborted || child !== current) return;
    failures = performance.now() - since > pace.steadyMs ? 1 : failures + 1;
    onFailure(ending);
    if (stopping.signal.aborted) return;
    log.error({ event: "process.ended", kind, pid: child.pid, ...ending }, "a process has ended");
    await sleep(getPauseMs(failures, pace), undefined, { signal: stopping.signal }).catch(() => undefined);
    if (stopping.signal.aborted || child !== current) return;
    current = launch();
    void restartAfter(current);
  }

  return {
    getChild: () => current,
    getFailures: () => failures,
    async replace() {
      const next = launch();
      if (!(await next.ready)) return stopping.signal.aborted;
      const old = current;
      current = next;
      void restartAfter(next);
      old.send({ type: "retire" });
      await old.ended;
      return true;
    },
    async stop() {
      endAll("SIGTERM");
      await Promise.all([...alive].map(({ ended }) => ended));
    },
    kill: () => endAll("SIGKILL"),
  };
}

const getPauseMs = (failures: number, { pauseMs, longestPauseMs }: RestartPace) =>
  Math.min(pauseMs * 2 ** (failures - 1), longestPauseMs);

const sayReady = (kind: string, { pid }: Child) => log.info({ event: "process.ready", kind, pid }, "ready");
