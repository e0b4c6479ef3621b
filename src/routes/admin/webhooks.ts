import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { BadRequest, NotFound } from "../../errors.js";
import { createWebhookForm } from "../../forms/admin/webhooks.js";
import { buttonForm, onceForm } from "../../forms/empty.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { webhookQuery } from "../../forms/pagination.js";
import { MOST_WEBHOOKS, Webhook, type WebhookFields } from "../../models/webhook.js";
import { WebhookDelivery } from "../../models/webhook-delivery.js";
import * as webhooks from "../../services/events/webhooks.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { readQuery } from "../../web/pages/query.js";
import { ChangedMeanwhile, retryIfChanged } from "../../web/pages/refusals.js";
import { eventChoices, presentDelivery, presentWebhook } from "../../web/present/webhooks.js";

/** Pages for webhooks, for superadmins. */
export const adminWebhooks = Router();

type OfWebhook = { id: string };
const webhookForm = createWebhookForm({ mayBePrivate: config.webhooksAllowPrivate });
const at = ({ _id }: WebhookFields) => `/admin/webhooks/${_id}`;

adminWebhooks.get("/", async (_req, res) => {
  res.render("admin/webhooks/index", await listPage(webhookForm.blank({ types: [] })));
});

adminWebhooks.post("/", async (req, res) => {
  const input = webhookForm.parse(req.body);
  const back = async (form: Form) => renderFormErrors(res.status(422), "admin/webhooks/index", await listPage(form));
  if (!input.ok) return back(input.form);
  const { once, ...settings } = input.data;
  const added = await webhooks.addWebhook(getActor(req), settings, once);
  if (added === "limit-reached") return back(webhookForm.reject(req.body, { "": tooMany }));
  res.status(201).render("admin/webhooks/secret", { webhook: presentWebhook(added.webhook), secret: added.secret });
});

adminWebhooks.get("/:id", async (req, res) => {
  res.render("admin/webhooks/show", await showPage(req, await find(req)));
});

adminWebhooks.get("/:id/edit", async (req, res) => {
  const webhook = await find(req);
  res.render("admin/webhooks/edit", editPage(webhook, webhookForm.stored(webhook)));
});

adminWebhooks.post("/:id/edit", retryIfChanged<OfWebhook>(edit));

async function edit(req: Request<OfWebhook>, res: Response): Promise<void> {
  const webhook = await find(req);
  const back = (status: number, form: Form) =>
    renderFormErrors(res.status(status), "admin/webhooks/edit", editPage(webhook, form));
  const conflict = webhookForm.conflict(req.body, webhookForm.stored(webhook));
  if (conflict) return back(409, conflict);
  const input = webhookForm.parse(req.body);
  if (!input.ok) return back(422, input.form);
  const { once: _, ...settings } = input.data;
  if ((await webhooks.changeWebhook(getActor(req), webhook, settings)) === "stale") throw new ChangedMeanwhile();
  flash(res, "success", "Webhook saved.");
  res.redirect(303, at(webhook));
}

adminWebhooks.get("/:id/delete", async (req, res) => {
  res.render("admin/webhooks/delete", { webhook: presentWebhook(await find(req)) });
});

adminWebhooks.post("/:id/delete", async (req: Request<OfWebhook>, res) => {
  const webhook = await pressed(req);
  await webhooks.removeWebhook(getActor(req), webhook);
  flash(res, "info", `The webhook “${webhook.description}” has been deleted.`);
  res.redirect(303, "/admin/webhooks");
});

adminWebhooks.post("/:id/rotate", async (req: Request<OfWebhook>, res) => {
  const webhook = await find(req);
  const secret = await webhooks.rotateSecret(getActor(req), webhook, readKey(req));
  res.status(201).render("admin/webhooks/secret", { webhook: presentWebhook(await find(req)), secret });
});

adminWebhooks.post("/:id/pause", async (req: Request<OfWebhook>, res) => {
  const webhook = await pressed(req);
  await webhooks.pauseWebhook(getActor(req), webhook);
  flash(res, "info", "Webhook paused. Nothing is sent to it until you resume it.");
  res.redirect(303, at(webhook));
});

adminWebhooks.post("/:id/resume", async (req: Request<OfWebhook>, res) => {
  const webhook = await pressed(req);
  await webhooks.resumeWebhook(getActor(req), webhook);
  flash(res, "success", "Webhook resumed.");
  res.redirect(303, at(webhook));
});

adminWebhooks.post("/:id/test", async (req: Request<OfWebhook>, res) => {
  const webhook = await find(req);
  await webhooks.sendTestEvent(getActor(req), webhook, readKey(req));
  flash(res, "info", "A test event is on its way. Reload the page to see the answer.");
  res.redirect(303, at(webhook));
});

adminWebhooks.post("/:id/deliveries/:delivery/resend", async (req: Request<OfWebhook & { delivery: string }>, res) => {
  const webhook = await find(req);
  const delivery = entryId.safeParse(req.params.delivery);
  if (!delivery.success) throw new NotFound();
  await webhooks.resendDelivery(getActor(req), webhook, delivery.data, readKey(req));
  flash(res, "info", "The event is on its way again. Reload the page to see the answer.");
  res.redirect(303, at(webhook));
});

const tooMany = `You've reached the limit of ${MOST_WEBHOOKS} webhooks. Delete one you no longer use.`;

/** Finds the webhook of the address. @throws NotFound */
async function find(req: Request<OfWebhook>): Promise<WebhookFields> {
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  return webhooks.findWebhook(getActor(req), id.data);
}

/** Finds the webhook whose button was pressed. @throws BadRequest, NotFound */
function pressed(req: Request<OfWebhook>): Promise<WebhookFields> {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  return find(req);
}

/** Returns the once key of a button. @throws BadRequest if other fields were sent with it */
function readKey(req: Request): string | undefined {
  const input = onceForm.parse(req.body);
  if (!input.ok) throw new BadRequest();
  return input.data.once;
}

async function listPage(form: Form) {
  return { form, types: eventChoices, webhooks: (await Webhook.listAll()).map(presentWebhook) };
}

const editPage = (webhook: WebhookFields, form: Form) => ({
  form,
  types: eventChoices,
  webhook: presentWebhook(webhook),
});

async function showPage(req: Request, webhook: WebhookFields) {
  const { before } = readQuery(req, webhookQuery);
  const { deliveries, older } = await WebhookDelivery.listPage(webhook._id, before);
  return {
    form: onceForm.blank(),
    webhook: presentWebhook(webhook),
    deliveries: deliveries.map(presentDelivery),
    newest: before === undefined ? null : at(webhook),
    older: older && `${at(webhook)}?before=${older}`,
  };
}
