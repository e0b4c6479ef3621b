import { Types } from "mongoose";
import type { PublicEvent } from "../definitions/public-events.js";
import { withTimeout } from "../lib/async/timeout.js";
import { deriveOnceId, runOnce } from "../models/outbox/once.js";
import { queueDeliveries } from "../services/events/deliver.js";
import { setHookLookup } from "../services/events/publish.js";
import { eventHooks } from "../site/hooks.js";
import { enqueue } from "./enqueue.js";

const HOOK_WITHIN_MS = 60_000;

type Hook = (event: PublicEvent) => Promise<void>;
const getHooks = (type: string) => ((eventHooks as Record<string, unknown>)[type] ?? {}) as Record<string, Hook>;

/** Lets `publish` know which events have hooks. To be called when a process starts. */
export const declareHooks = (): void => setHookLookup((type) => Object.keys(getHooks(type)).length > 0);

/**
 * Queues one job for each receiver of an event, so that none of them waits for another. If it runs again, because its
 * process stopped, it queues the same jobs.
 * @param id of the job that `publish` queued
 */
export async function publishEvent({ event }: { event: PublicEvent }, id: string): Promise<void> {
  await runOnce(new Types.ObjectId(id), async () => {
    for (const hook of Object.keys(getHooks(event.type)))
      await enqueue("run-hook", { hook, event }, deriveOnceId("hook", hook));
    await queueDeliveries(event);
  });
}

/**
 * Runs a hook of src/site/hooks.ts. A hook that this version does not have has failed too: during an upgrade, processes
 * of the old version take jobs for hooks of the new one, which a later attempt runs.
 * @throws the hook's error
 */
export async function runHook({ hook, event }: { hook: string; event: PublicEvent }): Promise<void> {
  const run = getHooks(event.type)[hook];
  if (!run) throw new Error(`This version has no hook "${hook}" for ${event.type} (${event.id})`); // the queue logs it
  await withTimeout(run(event), HOOK_WITHIN_MS);
}
