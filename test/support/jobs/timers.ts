/**
 * After each job Agenda waits for half the time of its lock, to see whether the job is still alive. A test file need not
 * wait for that before it ends. Imported before anything that works on jobs.
 */
const LONG_MS = 10_000;
const { setTimeout: ordinary } = globalThis;

globalThis.setTimeout = Object.assign(
  (...[handler, ms, ...args]: Parameters<typeof ordinary>) => {
    const timer = ordinary(handler, ms, ...args);
    return (ms ?? 0) >= LONG_MS ? timer.unref() : timer;
  },
  { __promisify__: ordinary.__promisify__ },
) as typeof ordinary;
