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

/** If so many items fail, the next run continues. */
const MOST_FAILED = 1_000;

/**
 * Yields items until the list contains no new ones. An item that failed is listed again, but is yielded only once, and
 * then left out of the list, so that it takes no room from others.
 * @param list lists the next items, without those with these ids
 */
export async function* iterateNew<Item extends { _id: unknown }>(list: (failed: Item["_id"][]) => Promise<Item[]>) {
  const seen = new Set<string>();
  const failed: Item["_id"][] = [];
  while (failed.length < MOST_FAILED) {
    const items = await list(failed);
    if (items.length === 0) return;
    for (const item of items) {
      const id = String(item._id);
      if (seen.has(id)) failed.push(item._id);
      else yield item;
      seen.add(id);
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
