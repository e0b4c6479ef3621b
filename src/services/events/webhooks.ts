import { isDeepStrictEqual } from "node:util";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { createEvent } from "../../definitions/public-events.js";
import { Forbidden, NotFound } from "../../errors.js";
import { deriveFormId, deriveFormRunId, deriveOnceId, isDeletedWhenUndone } from "../../models/outbox/once.js";
import { isEntryOf } from "../../models/outbox.js";
import { Webhook, type WebhookFields, type WebhookSettings } from "../../models/webhook.js";
import { WebhookDelivery } from "../../models/webhook-delivery.js";
import { mayManageWebhooks } from "../../policies/webhooks.js";
import { followUp } from "../follow-ups.js";
import { queueDelivery, sendAgain } from "./deliver.js";
import { afterPausing, noteWebhook } from "./pause.js";
import { createSealedSecret, isReadable, openSecret } from "./secrets.js";

const noted = (event: "webhook.added" | "webhook.changed" | "webhook.rotated" | "webhook.resumed") =>
  followUp<{ host: string }>(Webhook, event, ({ id, actor, data }) => noteWebhook(actor, event, id, data));
const [afterAdding, afterChange] = [noted("webhook.added"), noted("webhook.changed")];
const [afterRotation, afterResuming] = [noted("webhook.rotated"), noted("webhook.resumed")];

const afterRemoval = followUp<{ host: string }>(
  Webhook,
  "webhook.removed",
  async ({ id, actor, data }) => {
    await noteWebhook(actor, "webhook.removed", id, data);
    await WebhookDelivery.dropAllFor(id);
    await Webhook.drop(id);
  },
  { isLast: true },
);

const afterTest = followUp<object>(Webhook, "webhook.tested", async ({ id, actor, at }) => {
  await noteWebhook(actor, "webhook.tested", id);
  const event = createEvent("webhook.test", { webhook: String(id) }, { id: deriveOnceId("test", String(id)), at });
  await queueDelivery(id, event);
});

const afterAsking = followUp<{ delivery: string }>(Webhook, "webhook.sent-again", async ({ id, actor, data }) => {
  await noteWebhook(actor, "webhook.sent-again", id, data);
  await sendAgain(data.delivery, String(id));
});

const toSettings = ({ url, description, types }: WebhookSettings): WebhookSettings => ({ url, description, types });
const toHost = ({ url }: { url: string }) => ({ host: new URL(url).host });

function assertAllowed(actor: Actor): void {
  if (!mayManageWebhooks(actor)) throw new Forbidden();
}

/** Finds a webhook. @throws Forbidden, NotFound */
export async function findWebhook(actor: Actor, id: string): Promise<WebhookFields> {
  assertAllowed(actor);
  const webhook = await Webhook.find(id);
  if (!webhook) throw new NotFound();
  return webhook;
}

/**
 * Adds a webhook. A form that is sent twice adds one, and gets the same secret.
 * @param key of the form, if it has one
 * @throws Forbidden
 */
export async function addWebhook(
  actor: Actor,
  settings: WebhookSettings,
  key?: string,
): Promise<{ webhook: WebhookFields; secret: string } | Outcome<"limit-reached">> {
  assertAllowed(actor);
  const words = ["webhook", actor.user?.id ?? "", JSON.stringify(settings)];
  const _id = await deriveFormId(key, words, isDeletedWhenUndone);
  const entry = afterAdding.entry(actor, toHost(settings));
  const webhook = await Webhook.add({ ...settings, _id, secret: createSealedSecret(_id) }, entry);
  if (!webhook) return "limit-reached";
  if (isEntryOf(webhook, entry)) await afterAdding.finish(_id, entry);
  return { webhook, secret: openSecret(webhook.secret, _id) };
}

/**
 * Changes the settings of a webhook, unless they have changed since they were read. Does nothing if they are the same, so
 * that a form that is sent again is recorded once.
 * @throws Forbidden
 */
export async function changeWebhook(
  actor: Actor,
  webhook: WebhookFields,
  settings: WebhookSettings,
): Promise<Outcome<"done" | "stale">> {
  assertAllowed(actor);
  if (isDeepStrictEqual(toSettings(webhook), toSettings(settings))) return "done";
  const about = { id: webhook._id, actor, data: toHost(settings) };
  const isChanged = await afterChange.make(about, (entry) => Webhook.change(webhook, settings, entry));
  return isChanged ? "done" : "stale";
}

/**
 * Replaces the secret of a webhook, and returns the new one. For a day, both sign. A form that is sent twice replaces it
 * once.
 * @throws Forbidden, NotFound
 */
export async function rotateSecret(actor: Actor, webhook: WebhookFields, key?: string): Promise<string> {
  assertAllowed(actor);
  const { _id } = webhook;
  const rotation = await deriveFormId(key, ["webhook secret", String(_id)], isDeletedWhenUndone);
  const about = { id: _id, actor, data: toHost(webhook) };
  const next = { secret: createSealedSecret(_id), rotation, isPreviousLost: !isReadable(webhook) };
  await afterRotation.make(about, (entry) => Webhook.rotate(webhook, next, entry));
  const now = await findWebhook(actor, String(_id));
  if (!rotation.equals(now.rotation ?? "")) return rotateSecret(actor, now, key); // another admin was faster
  return openSecret(now.secret, _id);
}

/** Pauses a webhook: it gets no events until it is resumed, and those that wait are given up. @throws Forbidden */
export async function pauseWebhook(actor: Actor, { _id }: WebhookFields): Promise<void> {
  assertAllowed(actor);
  const about = { id: _id, actor, data: { by: "admin" as const } };
  await afterPausing.make(about, (entry) => Webhook.pause(_id, "admin", entry));
}

/** Ends a pause. @throws Forbidden */
export async function resumeWebhook(actor: Actor, webhook: WebhookFields): Promise<void> {
  assertAllowed(actor);
  const about = { id: webhook._id, actor, data: toHost(webhook) };
  await afterResuming.make(about, (entry) => Webhook.resume(webhook._id, entry));
}

/** Deletes a webhook with the log of its deliveries. @throws Forbidden */
export async function removeWebhook(actor: Actor, webhook: WebhookFields): Promise<void> {
  assertAllowed(actor);
  const about = { id: webhook._id, actor, data: toHost(webhook) };
  await afterRemoval.make(about, (entry) => Webhook.remove(webhook._id, entry));
}

/** Sends a test event. A button that is pressed twice sends one. @throws Forbidden */
export async function sendTestEvent(actor: Actor, { _id }: WebhookFields, key?: string): Promise<void> {
  assertAllowed(actor);
  const run = await deriveFormRunId(key, ["webhook test", String(_id)], isDeletedWhenUndone);
  await afterTest.leave({ id: _id, actor, data: {}, run }, (entry) => Webhook.leave(_id, entry));
}

/** Sends an event of the log again. Does nothing while it waits. @throws Forbidden, NotFound */
export async function resendDelivery(actor: Actor, { _id }: WebhookFields, id: string, key?: string): Promise<void> {
  assertAllowed(actor);
  const delivery = await WebhookDelivery.find(id);
  if (!delivery?.webhook.equals(_id)) throw new NotFound();
  if (delivery.status === "waiting") return;
  const run = await deriveFormRunId(key, ["webhook delivery", id], isDeletedWhenUndone);
  await afterAsking.leave({ id: _id, actor, data: { delivery: id }, run }, (entry) => Webhook.leave(_id, entry));
}
