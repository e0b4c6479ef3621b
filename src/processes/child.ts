import type { ChildProcess } from "node:child_process";
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

/** Observes a process. @param onReport gets each of its reports */
export function observe(process: ChildProcess, onReport: (report: ChildReport) => void = () => undefined): Child {
  const ended = new Promise<Ending>((resolve) => {
    process.once("error", () => resolve({ code: 1, signal: null }));
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
