import { Counter } from "prom-client";

const outcomes = ["sent", "failed", "rejected", "obsolete"] as const;
/** "failed" is one attempt: the email is sent again later. "rejected": its address is refused for good. */
export type DeliveryLabel = (typeof outcomes)[number];

const emails = new Counter({
  name: "postern_emails_total",
  help: "Attempts to send an email. After a failed one, the email is sent again later.",
  labelNames: ["outcome"],
});
const counters = Object.fromEntries(outcomes.map((outcome) => [outcome, emails.labels(outcome)]));
for (const counter of Object.values(counters)) counter.inc(0);

/** Counts an attempt to send an email. */
export const countEmail = (outcome: DeliveryLabel): void => counters[outcome]?.inc();
