import type { Types } from "mongoose";
import { systemActor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { PublicEvent } from "../../definitions/public-events.js";
import { enqueue } from "../../jobs/enqueue.js";
import { getBusyPause, getWebhookPause, MOST_WEBHOOK_ATTEMPTS, Postponed, RetryIn } from "../../jobs/retry.js";
import { createPlaces } from "../../lib/async/places.js";
import { PrivateAddress, post } from "../../lib/network/outgoing.js";
import { signWebhook } from "../../lib/network/webhook-signature.js";
import { countDelivery } from "../../metrics/webhooks.js";
import { createRunId, deriveOnceId } from "../../models/outbox/once.js";
import { type PausedBy, Webhook, type WebhookFields } from "../../models/webhook.js";
import { type Attempt, WebhookDelivery } from "../../models/webhook-delivery.js";
import { afterPausing } from "./pause.js";
import { listSecrets, UnreadableSecret } from "./secrets.js";

const SECONDS = 1_000;
const DAYS = 86_400_000;
const ANSWER_WITHIN_MS = 10 * SECONDS;
const LONGEST_ANSWER = 1_024;
/** A webhook whose deliveries have failed for this long is paused when the next one fails. */
const PAUSED_AFTER_MS = 3 * DAYS;
/** A delivery that has waited for this long gets no further attempt after the next one that fails. */
const TRIED_FOR_MS = 1 * DAYS;
const GONE = 410;
/** Deliveries to one webhook at once, in each process that runs jobs. */
export const DELIVERIES_FOR_ONE = 3;
const places = createPlaces(DELIVERIES_FOR_ONE);

/** Queues an event for each webhook that wants it. Runs within `runOnce`, so that running again adds nothing. */
export async function queueDeliveries(event: PublicEvent): Promise<void> {
  for (const { _id } of await Webhook.listFor(event.type)) await queueDelivery(_id, event);
}

/** Queues an event for one webhook. Runs within `runOnce`. */
export async function queueDelivery(webhook: Types.ObjectId, event: PublicEvent): Promise<void> {
  const _id = deriveOnceId("delivery", String(webhook)) ?? createRunId();
  await WebhookDelivery.add({ _id, webhook, event: event.id, type: event.type, body: JSON.stringify(event) });
  await queueJob(String(_id), String(webhook));
}

/** Sends a delivery again, as a follow-up of the request of an admin. Runs within `runOnce`. */
export async function sendAgain(delivery: string, webhook: string): Promise<void> {
  await WebhookDelivery.restart(delivery);
  await queueJob(delivery, webhook);
}

/** The data of a job, with what tells without a read whether it can begin. `queuedAt` is a number as of `Date.now`. */
type DeliveryJob = { delivery: string; webhook: string; queuedAt: number };

function queueJob(delivery: string, webhook: string): Promise<void> {
  const job: DeliveryJob = { delivery, webhook, queuedAt: Date.now() };
  return enqueue("deliver-webhook", job, deriveOnceId("delivery job", delivery));
}

/**
 * Sends a delivery that waits. A receiver has accepted it when it answers 2xx in ten seconds.
 * @throws RetryIn if it must be tried again; Postponed if all slots of the webhook are taken
 */
export async function deliverWebhook(job: DeliveryJob): Promise<void> {
  const waitedMs = Date.now() - job.queuedAt;
  const isLate = waitedMs >= TRIED_FOR_MS;
  if (await places.run(job.webhook, () => attemptDelivery(job, isLate))) return;
  // Not if the receiver works: then jobs did not run for a while, and what has waited gets its turn.
  if (isLate && (await Webhook.find(job.webhook))?.failingSince) return WebhookDelivery.giveUp(job.delivery, TOO_LATE);
  throw new Postponed(getBusyPause(waitedMs));
}

async function attemptDelivery({ delivery: id }: DeliveryJob, isLate: boolean): Promise<void> {
  const delivery = await WebhookDelivery.find(id);
  if (delivery?.status !== "waiting") return;
  const webhook = await Webhook.find(delivery.webhook);
  if (!webhook) return WebhookDelivery.dropAllFor(delivery.webhook);
  if (webhook.pausedAt) return WebhookDelivery.giveUp(id, PAUSED);
  const attempt = await send(webhook, { id: delivery.event, body: delivery.body });
  const { responseStatus, problem } = attempt;
  if (isAccepted(responseStatus)) {
    await WebhookDelivery.note(delivery, attempt, "delivered");
    await Webhook.noteSuccess(webhook);
    return countDelivery("delivered");
  }
  const pausedBy = getPauseReason(attempt, await Webhook.noteFailure(webhook));
  if (pausedBy) await pause(webhook._id, pausedBy); // does nothing if another delivery did
  const isOver = pausedBy !== null || isLate || delivery.attempts + 1 >= MOST_WEBHOOK_ATTEMPTS;
  const shown = pausedBy ? { ...attempt, problem: `${problem} ${PAUSED}`.trim() } : attempt;
  await WebhookDelivery.note(delivery, shown, isOver ? "failed" : "waiting");
  countDelivery(isOver ? "given-up" : "failed");
  if (isOver) return;
  const message = `The webhook ${webhook._id} did not accept an event: ${problem || responseStatus}`;
  throw new RetryIn(getWebhookPause(delivery.attempts + 1), message);
}

const isAccepted = (status: number | null | undefined) => typeof status === "number" && status >= 200 && status < 300;

const PAUSED = "The webhook was paused.";
const TOO_LATE = "Given up after a day, because the webhook was busy with other events.";

/** Returns who pauses a webhook after a failed attempt: the receiver, or we after long failure; null if nobody does. */
function getPauseReason({ responseStatus }: Attempt, failingSince: Date): PausedBy | null {
  if (responseStatus === GONE) return "receiver";
  return failingSince.getTime() <= Date.now() - PAUSED_AFTER_MS ? "failure" : null;
}

const pause = async (id: Types.ObjectId, by: PausedBy): Promise<void> =>
  void (await afterPausing.make({ id, actor: systemActor, data: { by } }, (entry) => Webhook.pause(id, by, entry)));

/** Makes one attempt, and returns what it has shown. Never throws for a fault of the receiver or of the secret. */
async function send(webhook: WebhookFields, { id, body }: { id: string; body: string }): Promise<Attempt> {
  try {
    const signature = signWebhook(listSecrets(webhook), { id, body });
    const headers = { "content-type": "application/json", "user-agent": `${config.appName} webhooks`, ...signature };
    const mayBePrivate = config.webhooksAllowPrivate;
    const sending = { headers, body, mayBePrivate, timeoutMs: ANSWER_WITHIN_MS, longest: LONGEST_ANSWER };
    const { status, text } = await post(new URL(webhook.url), sending);
    return { responseStatus: status, response: text, problem: status >= 300 && status < 400 ? REDIRECT : "" };
  } catch (error) {
    return { responseStatus: null, response: "", problem: describeProblem(error) };
  }
}

const REDIRECT = "Redirects are not followed.";

/** Returns the sentence about a failed connection for admins. Codes of Node, such as ECONNREFUSED, are left as they are. */
function describeProblem(error: unknown): string {
  if (error instanceof PrivateAddress) return "The address belongs to a private network.";
  if (error instanceof UnreadableSecret) return "The secret cannot be decrypted. Replace the secret.";
  const { name, code } = error as { name?: string; code?: string };
  if (name === "TimeoutError" || name === "AbortError") return "No answer within 10 seconds.";
  return `No answer: ${code ?? name ?? "error"}.`;
}
