import { setImmediate } from "node:timers/promises";

/** Tells a long task to end early: its process stops, or its time is over. What is left is done the next time. */
export type Stop = { readonly aborted: boolean };
const never: Stop = { aborted: false };

/**
 * Handles one batch after the other until one finds nothing to do. Requests get their turn in between, and a process that
 * stops waits for one batch at most. @param batch answers how many it handled @returns how many all of them did
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

/** Lists what is to be done until a list has nothing new: what failed stays in it, and comes once. */
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

/** Acts on each; one that fails does not keep the others waiting. @throws AggregateError at the end */
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
