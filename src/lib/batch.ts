import DataLoader from "dataloader";

const MOST_AT_ONCE = 200;
/** Two reads overlap, so that neither the database nor we wait idly for the other. */
const UNDER_WAY = 2;

/**
 * Turns many single reads into few: those who ask in one turn, or while a read is under way, share the next one. A
 * read costs the database far more than a row of it, so this grows with the load and costs nothing without. Nothing
 * is kept: a read starts after everyone in it has asked, so nobody sees older data than with a read of their own.
 * @param read answers a list of different keys; a key without an answer gets null
 */
export function batched<Value>(read: (keys: string[]) => Promise<Map<string, Value>>) {
  let underWay = 0;
  const waiting: (() => void)[] = []; // several, when more ask than one read takes

  const schedule = (send: () => void) => {
    if (underWay < UNDER_WAY) setImmediate(send);
    else waiting.push(send);
  };
  const finished = () => {
    underWay -= 1;
    const next = waiting.shift();
    if (next) setImmediate(next);
  };
  const loader = new DataLoader<string, Value | null>(
    async (keys) => {
      underWay += 1;
      const found = await read([...new Set(keys)]).finally(finished);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: schedule },
  );
  return (key: string): Promise<Value | null> => loader.load(key);
}
