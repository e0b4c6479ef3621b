import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** Waits until a condition is true. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = WITHIN_MS): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(LOOK_EVERY_MS)) if (await isSo()) return;
  assert.fail(`This did not happen in time: ${what}`);
}
