import type { ActorRecord } from "../../actor.js";
import * as mail from "../../mail/index.js";
import { superadmins } from "../../models/superadmin-seat.js";
import { User } from "../../models/user.js";
import { type PausedBy, Webhook } from "../../models/webhook.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";

/** Records a pause, and informs the superadmins unless one of them made it. */
export const afterPausing = followUp<{ by: PausedBy }>(
  Webhook,
  "webhook.paused",
  async ({ id, actor, data: { by } }) => {
    await noteWebhook(actor, "webhook.paused", id, { by });
    if (by === "admin") return;
    for (const superadmin of await superadmins.list()) {
      const user = await User.findById(superadmin);
      if (user?.emailConfirmedAt && !user.disabledAt) await mail.sendWebhookPaused(user, String(id));
    }
  },
);

type WebhookEvent = Extract<Parameters<typeof record>[1], `webhook.${string}`>;

/** Records what was done to a webhook. */
export const noteWebhook = (
  actor: ActorRecord,
  event: WebhookEvent,
  id: unknown,
  details: Record<string, string> = {},
) => record(actor, event, null, { webhook: String(id), ...details });
