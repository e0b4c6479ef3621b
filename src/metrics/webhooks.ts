import { declareMetrics } from "./declare.js";

const outcomes = ["delivered", "failed", "given-up"] as const;
/** "failed" is one attempt: the event is sent again later. "given-up": that was the last one. */
export type WebhookLabel = (typeof outcomes)[number];

const counters = declareMetrics(({ Counter }) => {
  const deliveries = new Counter({
    name: "postern_webhook_deliveries_total",
    help: "Attempts to deliver an event to a webhook. After a failed one, it is sent again later.",
    labelNames: ["outcome"],
  });
  for (const outcome of outcomes) deliveries.inc({ outcome }, 0);
  return deliveries;
});

/** Counts an attempt to deliver an event. */
export const countDelivery = (outcome: WebhookLabel): void => counters()?.inc({ outcome });
