import { AsyncLocalStorage } from "node:async_hooks";
import type { Requester } from "./fair-queue.js";

const askers = new AsyncLocalStorage<Requester>();

/**
 * Runs an action for a requester. All password hashing in it, at any depth, counts as theirs (lib/passwords/hash.ts).
 */
export const runForRequester = <Result>(asker: Requester, act: () => Result): Result => askers.run(asker, act);

/** Returns the requester of the current action, or null. */
export const getRequester = (): Requester | null => {
  const asker = askers.getStore();
  return asker ? { network: asker.network, person: asker.person } : null;
};
