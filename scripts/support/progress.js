// @ts-check
const everyMs = 10_000;

/**
 * Does something that takes long, and says so: what it is, every ten seconds that it goes on, and how long it took.
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
