import DataLoader from "dataloader";

/**
 * Turns the single reads of one event-loop turn into one read for all of them. Nothing is kept: a read
 * starts after everyone in it has asked, so nobody sees older data than with a read of their own.
 * @param read answers a list of different keys; a key without an answer gets null
 */
export function batched<Value>(read: (keys: string[]) => Promise<Map<string, Value>>) {
  const loader = new DataLoader<string, Value | null>(
    async (keys) => {
      const found = await read([...new Set(keys)]);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false, maxBatchSize: 200, batchScheduleFn: (send) => setImmediate(send) },
  );
  return (key: string): Promise<Value | null> => loader.load(key);
}
