import { z } from "zod";
import { EVENT_VERSION, type EventType, publicEvents } from "../definitions/public-events.js";

const id = z.string().regex(/^[0-9a-f]{24}$/);
const kinds = { id, "id or null": id.nullable(), text: z.string().max(100) };

/** The headers of Standard Webhooks. */
const headers = z.object({
  "webhook-id": z.string().max(100).meta({ description: "The id of the event, the same at each attempt" }),
  "webhook-timestamp": z.string().max(20).meta({ description: "The time of the attempt, in seconds since 1970" }),
  "webhook-signature": z.string().max(500).meta({ description: "One signature for each valid secret: v1,…" }),
});

/** Returns the schema of an event as hooks and webhooks get it. */
export function createEventSchema(type: EventType) {
  const fields = Object.entries(publicEvents[type].data) as [string, keyof typeof kinds][];
  return z.strictObject({
    id: z.string().regex(/^evt_[0-9a-f]{24}$/),
    type: z.literal(type),
    version: z.literal(EVENT_VERSION),
    timestamp: z.iso.datetime(),
    data: z.strictObject(Object.fromEntries(fields.map(([name, kind]) => [name, kinds[kind]]))),
  });
}

const createOperation = (type: EventType) => ({
  post: {
    operationId: `event-${type.replace(/\W/g, "-")}`,
    tags: ["Webhooks"],
    summary: publicEvents[type].label,
    description: `Sent when ${publicEvents[type].when}`,
    security: [],
    requestParams: { header: headers },
    requestBody: { required: true, content: { "application/json": { schema: createEventSchema(type) } } },
    responses: {
      "2XX": { description: "Accepted. Any other answer, or none in ten seconds, is an attempt that failed." },
      410: { description: "The receiver no longer wants events. This pauses the webhook." },
    },
  },
});

/** The requests that we send to webhooks, for the OpenAPI document. */
export const webhookOperations = Object.fromEntries(
  (Object.keys(publicEvents) as EventType[]).map((type) => [type, createOperation(type)]),
);
