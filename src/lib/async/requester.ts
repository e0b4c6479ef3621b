import { AsyncLocalStorage } from "node:async_hooks";
import type { Requester } from "./fair-queue.js";

type Origin = { asker: Requester | null; request: string };
const origins = new AsyncLocalStorage<Origin>();

/**
 * Runs an action for a requester. All password hashing in it, at any depth, counts as theirs (lib/passwords/hash.ts).
 * @param request the id of the request, which jobs that are queued in it also get
 */
export const runForRequester = <Result>(asker: Requester, act: () => Result, request = ""): Result =>
  origins.run({ asker, request }, act);

/** Runs a job that was queued by a request. Its work is the application's own, and does not count as the requester's. */
export const runLater = <Result>(request: string, act: () => Result): Result =>
  origins.run({ asker: null, request }, act);

/** Returns the requester of the current action, or null. */
export const getRequester = (): Requester | null => {
  const asker = origins.getStore()?.asker;
  return asker ? { network: asker.network, person: asker.person } : null;
};

/** Returns the id of the request that caused the current action, at once or by a job; undefined if there is none. */
export const getRequestId = (): string | undefined => origins.getStore()?.request || undefined;
