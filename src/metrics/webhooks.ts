import { Counter } from "prom-client";

const outcomes = ["delivered", "failed", "given-up"] as const;
/** "failed" is one attempt: the event is sent again later. "given-up": that was the last one. */
export type WebhookLabel = (typeof outcomes)[number];

const deliveries = new Counter({
  name: "postern_webhook_deliveries_total",
  help: "Attempts to deliver an event to a webhook. After a failed one, it is sent again later.",
  labelNames: ["outcome"],
});
const counters = Object.fromEntries(outcomes.map((outcome) => [outcome, deliveries.labels(outcome)]));
for (const counter of Object.values(counters)) counter.inc(0);

/** Counts an attempt to deliver an event. */
export const countDelivery = (outcome: WebhookLabel): void => counters[outcome]?.inc();
