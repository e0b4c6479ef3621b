import inspector from "node:inspector";
import { log } from "../log.js";
import type { Child } from "./child.js";

/**
 * How often the supervisor asks a process for a sign of life, and after how many questions in a row it stops waiting: once
 * the process has answered, and while it starts, because it loads the app in one go.
 */
export type Pulse = { everyMs: number; most: number; mostAtStart: number };

const usualPulse: Pulse = { everyMs: 5_000, most: 6, mostAtStart: 24 };
/** A process that stands at a breakpoint is not frozen. */
const isDebugged = inspector.url() !== undefined;

/**
 * Ends a process whose event loop is blocked: it does not answer, and would not end by itself. Its place starts another one.
 * Counts questions and not time, so that no process is ended after the machine slept, when the supervisor slept, too.
 * @returns a function to call at each answer
 */
export function endIfFrozen(
  kind: string,
  child: Child,
  { everyMs, most, mostAtStart }: Pulse = usualPulse,
): () => void {
  let unanswered = 0;
  let limit = mostAtStart;
  const ask = () => {
    if (unanswered === limit) {
      log.error({ event: "process.frozen", kind, pid: child.pid }, "a process does not respond and is ended");
      child.kill("SIGKILL");
    }
    unanswered += 1;
    child.send({ type: "ping" });
  };
  const asking = isDebugged ? undefined : setInterval(ask, everyMs).unref();
  void child.ended.then(() => clearInterval(asking));
  return () => {
    unanswered = 0;
    limit = most;
  };
}
