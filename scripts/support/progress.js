// @ts-check
const everyMs = 10_000;

/**
 * Runs a long task and reports its progress: its name, a line every ten seconds, and its total time.
 * @template T
 * @param {string} what such as "Building"
 * @param {() => Promise<T>} work
 * @param {{ write?: (line: string) => void, now?: () => number, intervalMs?: number }} [options] for tests
 * @returns {Promise<T>}
 */
export async function showing(what, work, { write = console.log, now = Date.now, intervalMs = everyMs } = {}) {
  const began = now();
  const seconds = () => `${Math.round((now() - began) / 1_000)} s`;
  write(`${what}…`);
  const ticking = setInterval(() => write(`  still running after ${seconds()}`), intervalMs);
  try {
    const result = await work();
    write(`  took ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticking);
  }
}
