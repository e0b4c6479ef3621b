import type { Actor } from "../../actor.js";
import { log } from "../../log.js";
import * as mail from "../../mail/index.js";
import { Device } from "../../models/device.js";
import type { OutboxEntry } from "../../models/outbox.js";
import { type PresentedToken, verifyRememberToken } from "../../models/session/remember-me.js";
import { Session } from "../../models/session.js";
import { hasSecondFactor, type User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { hooks } from "../hooks/account-hooks.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

type Copied = { user: Receiver; account: User["_id"]; name: string };

const afterCopy = followUp<Copied>(Device, "remembered.copied", async ({ id, actor, data }) => {
  const { user, account, name } = data;
  await Session.endOnDevice(String(account), String(id));
  await record(actor, "session.replayed", { id: String(account) }, { device: name });
  if (user.isConfirmed) await mail.sendRememberMeCopied(actor, user, createNotMeLinks(account, user));
  await Device.forget(String(id), String(account));
});

/**
 * Resumes a session with a remember-me cookie, or returns null. If a copied cookie is used, both browsers are logged
 * out and no longer remembered, and the user is notified (docs/decisions/0012-remembered-devices.md). If a hook refuses
 * the login (`isRefused`), or the account has a second factor (`needsFactor`), the browser stays remembered.
 */
export async function resumeSession(actor: Actor, presented: PresentedToken) {
  let entry: OutboxEntry<Copied> | undefined;
  const found = await verifyRememberToken(presented, { ip: actor.ip, agent: actor.agent }, (user, name) => {
    entry = afterCopy.entry(actor, { user: toReceiver(user), account: user._id, name });
    return entry;
  });
  if (found.kind === "reused" && entry) await afterCopy.finish(found.device, entry);
  if (found.kind !== "valid") return null;
  const isRefused = (await hooks.beforeLogin(actor, found.user)) !== null;
  const about = { user: found.user.id, ip: actor.ip, request: actor.request };
  const needsFactor = hasSecondFactor(found.user);
  if (!isRefused && !needsFactor) log.info({ event: "session.resumed", ...about }, "session.resumed");
  return { ...found, isRefused, needsFactor };
}
