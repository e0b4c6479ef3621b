import type { ChildProcess } from "node:child_process";
import { log } from "../log.js";
import type { ChildReport, Instruction } from "./messages.js";

/** How a process has ended. */
export type Ending = { code: number | null; signal: NodeJS.Signals | null };
export type Ready = Extract<ChildReport, { type: "ready" }>;

/** A process that the supervisor has started. */
export interface Child {
  pid: number | undefined;
  /** Resolves when it can receive orders. */
  loaded: Promise<void>;
  /** Resolves when it does its work; with null if it has ended before. */
  ready: Promise<Ready | null>;
  ended: Promise<Ending>;
  /** Sends an order. Does nothing if the process has ended. */
  send(order: Instruction): void;
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
}

/** A process that the system cannot start, for example for lack of memory, counts as one that has failed. */
const notStarted: Ending = { code: 1, signal: null };

/** Starts a process. Some reasons why the system cannot start it are thrown here, others are reported to `observe`. */
export function startSafely(start: () => Child): Child {
  try {
    return start();
  } catch (error) {
    log.error({ event: "process.failed", err: error }, (error as Error).message);
    return {
      pid: undefined,
      loaded: new Promise(() => undefined),
      ready: Promise.resolve(null),
      ended: Promise.resolve(notStarted),
      send: () => undefined,
      kill: () => undefined,
    };
  }
}

/** Observes a process. @param onReport gets each of its reports */
export function observe(process: ChildProcess, onReport: (report: ChildReport) => void = () => undefined): Child {
  const ended = new Promise<Ending>((resolve) => {
    process.on("error", (error) => {
      log.error({ event: "process.failed", pid: process.pid, err: error }, error.message);
      if (process.pid === undefined) resolve(notStarted); // otherwise, it runs, but could not be ended, for example
    });
    process.once("exit", (code, signal) => {
      const end = () => resolve({ code, signal });
      if (process.connected)
        process.once("disconnect", end); // its last reports are still to be read
      else end();
    });
  });
  const loaded = new Promise<void>((resolve) => {
    process.on("message", ({ type }: ChildReport) => type === "loaded" && resolve());
  });
  const ready = new Promise<Ready | null>((resolve) => {
    process.on("message", (report: ChildReport) => {
      if (report.type === "ready") resolve(report);
      onReport(report);
    });
    void ended.then(() => resolve(null));
  });
  return {
    pid: process.pid,
    loaded,
    ready,
    ended,
    send: (order) => void (process.connected && process.send(order, () => undefined)),
    kill: (signal) => void process.kill(signal),
  };
}
