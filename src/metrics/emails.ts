import { declareMetrics } from "./declare.js";

const outcomes = ["sent", "failed", "rejected", "obsolete"] as const;
/** "failed" is one attempt: the email is sent again later. "rejected": its address is refused for good. */
export type DeliveryLabel = (typeof outcomes)[number];

const counters = declareMetrics(({ Counter }) => {
  const emails = new Counter({
    name: "postern_emails_total",
    help: "Attempts to send an email. After a failed one, the email is sent again later.",
    labelNames: ["outcome"],
  });
  for (const outcome of outcomes) emails.inc({ outcome }, 0);
  return emails;
});

/** Counts an attempt to send an email. */
export const countEmail = (outcome: DeliveryLabel): void => counters()?.inc({ outcome });
