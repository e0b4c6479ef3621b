import type { Actor } from "../../actor.js";
import { LoginRefused } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { Device } from "../../models/device.js";
import type { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { hooks, type LoggingIn } from "../hooks.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail-recipients.js";

type Known = { user: Receiver; account: User["_id"] };

const afterNewDevice = followUp<Known>(Device, "device.new", async ({ actor, data: { user, account } }) =>
  mail.sendNewDevice(actor, user, createNotMeLinks(account, user)),
);

/** Asks the hook about a login. @throws LoginRefused */
export async function demandLogin(actor: Actor, user: LoggingIn): Promise<void> {
  const message = await hooks.beforeLogin(actor, user);
  if (message !== null) throw new LoginRefused(message);
}

/**
 * Records a login with a browser, unless a hook refuses it, and notifies the user if the browser is new (ASVS V6.3.5).
 * @param browser the id in the browser's device cookie
 * @returns what `startSession` needs, and whether the browser was remembered
 * @throws LoginRefused
 */
export async function noteLogin(actor: Actor, user: User, browser: string) {
  await demandLogin(actor, user);
  const { ip, agent } = actor;
  const isTold = user.lastLoginAt && user.emailConfirmedAt; // no notice about the first login
  const ifNew = isTold ? afterNewDevice.entry(actor, { user: toReceiver(user), account: user._id }) : undefined;
  const [previousSignInAt, device] = await Promise.all([
    user.noteLogin(),
    Device.noteLogin(browser, user.id, { ip, agent }, ifNew),
  ]);
  await record(actor, "session.started", user);
  if (ifNew && device.isNew) await afterNewDevice.finish(device._id, ifNew);
  return { device: device.id, previousSignInAt, wasRemembered: device.isRemembered };
}
