import { hasSubject } from "../../definitions/features.js";
import { eventTypes, publicEvents } from "../../definitions/public-events.js";
import type { WebhookFields } from "../../models/webhook.js";
import type { WebhookDeliveryFields } from "../../models/webhook-delivery.js";

/** The checkboxes of the form: the events that a webhook can get. Events of features that are off never happen. */
export const eventChoices = eventTypes
  .filter(hasSubject)
  .map((type) => ({ value: type, label: publicEvents[type].label, hint: type }));

const pauses = {
  admin: "An admin paused it.",
  failure: "It was paused because its receiver accepted no events for three days.",
  receiver: "It was paused because the receiver asked us to stop (410).",
};

/** Returns what pages show of a webhook, never its secret. */
export function presentWebhook(webhook: WebhookFields) {
  const { _id, url, description, types, createdAt, pausedAt, pausedBy, failingSince, previousUntil } = webhook;
  const labels = types.map((type) => publicEvents[type]?.label ?? type); // a newer version may have others
  return {
    id: String(_id),
    url,
    description,
    events: labels,
    createdAt,
    pausedAt: pausedAt ?? null,
    whyPaused: pausedAt ? pauses[pausedBy ?? "admin"] : null,
    failingSince: pausedAt ? null : (failingSince ?? null),
    previousUntil: previousUntil && previousUntil > new Date() ? previousUntil : null,
  };
}

const statuses = { waiting: "Waiting", delivered: "Delivered", failed: "Failed" };

/** Returns what the log shows of a delivery. */
export function presentDelivery(delivery: WebhookDeliveryFields) {
  const { _id, event, type, status, attempts, lastAttemptAt, responseStatus, response, problem, createdAt } = delivery;
  return {
    id: String(_id),
    event,
    type,
    status,
    statusText: statuses[status],
    attempts,
    at: lastAttemptAt ?? createdAt,
    responseStatus: responseStatus ?? null,
    response,
    problem,
  };
}
