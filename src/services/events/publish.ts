import { createEvent, type EventData, type EventType } from "../../definitions/public-events.js";
import { enqueue } from "../../jobs/enqueue.js";
import { createRunId, deriveOnceId } from "../../models/outbox/once.js";
import { Webhook } from "../../models/webhook.js";

/** Whether a hook gets events of this type. Until it is known, one may. */
let hasHook = (_type: EventType): boolean => true;
/** Sets how `publish` learns whether a hook gets an event: hooks import services, so services cannot import them. */
export function setHookLookup(lookup: typeof hasHook): void {
  hasHook = lookup;
}

/**
 * Publishes an event to hooks and webhooks. Call it in a follow-up (services/follow-ups.ts): then a change that was made is
 * published at least once, whenever the process stops, and under the same id each time. A job does the rest
 * (jobs/events.ts), so nobody waits for a receiver. There is no job if nobody gets such events now: the webhooks are read
 * after the change, and a webhook that is added later does not get what happened before.
 */
export async function publish<Type extends EventType>(type: Type, data: EventData<Type>): Promise<void> {
  const id = deriveOnceId("event", type, JSON.stringify(data)) ?? createRunId();
  const event = createEvent(type, data, { id });
  if (hasHook(type) || (await Webhook.isWanted(type))) await enqueue("publish-event", { event }, id);
}
