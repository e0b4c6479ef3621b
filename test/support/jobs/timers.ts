/**
 * After each job, Agenda waits for half the life of its lock to check whether the job is alive. Test files need not
 * wait for that at their end. Must be imported before anything that runs jobs.
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
