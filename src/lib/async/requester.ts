import { AsyncLocalStorage } from "node:async_hooks";
import type { Requester } from "./fair-queue.js";

const askers = new AsyncLocalStorage<Requester>();

/** Does something for somebody: all that it hashes, at any depth, counts as theirs (lib/passwords/hash.ts). */
export const runForRequester = <Result>(asker: Requester, act: () => Result): Result => askers.run(asker, act);

/** Who asked for what is being done now; null where nobody did. */
export const getRequester = (): Requester | null => {
  const asker = askers.getStore();
  return asker ? { network: asker.network, person: asker.person } : null;
};
