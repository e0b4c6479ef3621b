/**
 * After each job, Agenda waits for half the lifetime of its lock to check whether the job is alive. With this module,
 * test files end without waiting for that. It must be imported before any module that runs jobs.
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
