import { setImmediate } from "node:timers/promises";

/** Tells a long task to stop early: the process stops, or the time is up. The next run does the rest. */
export type Stop = { readonly aborted: boolean };
const never: Stop = { aborted: false };

/**
 * Runs one batch after another until one handles nothing. Requests get their turn in between, and a process that
 * stops waits for at most one batch. @param batch returns how many items it handled @returns how many all batches handled
 */
export async function repeatUntilDone(batch: () => Promise<number>, stop = never): Promise<number> {
  let done = 0;
  while (!stop.aborted) {
    const handled = await batch();
    if (handled === 0) break;
    done += handled;
    await setImmediate();
  }
  return done;
}

/** Yields items until a list contains nothing new. An item that failed stays in the list, but is yielded only once. */
export async function* iterateNew<Item>(list: () => Promise<Item[]>, getId: (item: Item) => unknown) {
  const seen = new Set<string>();
  for (;;) {
    const items = (await list()).filter((item) => !seen.has(String(getId(item))));
    if (items.length === 0) return;
    for (const item of items) {
      seen.add(String(getId(item)));
      yield item;
    }
  }
}

/** Acts on each item; a failure does not stop the others. @throws AggregateError at the end */
export async function actOnEach<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  act: (item: Item) => Promise<unknown>,
  { stop = never, what = "tasks" }: { stop?: Stop | undefined; what?: string } = {},
): Promise<void> {
  const failures: unknown[] = [];
  for await (const item of items) {
    if (stop.aborted) break;
    await act(item).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} ${what} failed`);
}
