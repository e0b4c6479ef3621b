import { createEvent, type EventData, type EventType } from "../../definitions/public-events.js";
import { enqueue } from "../../jobs/enqueue.js";
import { createRunId, deriveOnceId } from "../../models/outbox/once.js";

/**
 * Publishes an event to hooks and webhooks. Call it in a follow-up (services/follow-ups.ts): then a change that was made is
 * published at least once, whenever the process stops, and under the same id each time. A job does the rest
 * (jobs/events.ts), so nobody waits for a receiver.
 */
export async function publish<Type extends EventType>(type: Type, data: EventData<Type>): Promise<void> {
  const id = deriveOnceId("event", type, JSON.stringify(data)) ?? createRunId();
  await enqueue("publish-event", { event: createEvent(type, data, { id }) }, id);
}
