import { setImmediate } from "node:timers/promises";

/** Tells a long task to stop early, because the process stops or its time is up. The next run continues the work. */
export type Stop = { readonly aborted: boolean };
const never: Stop = { aborted: false };

/**
 * Runs batches until one of them handles nothing. Requests are served between two batches, and a process that stops
 * waits for at most one batch.
 * @param batch returns how many items it handled
 * @returns how many items all batches handled
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

/**
 * Yields items until the list contains no new ones. An item that failed stays in the list, but is yielded only once.
 */
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

/** Calls `act` for each item; a failure does not stop the others. @throws AggregateError after the last item */
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
