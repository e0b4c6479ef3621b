import type { Actor } from "../../actor.js";
import * as mail from "../../mail/index.js";
import { Device } from "../../models/device.js";
import type { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLink, type Receiver, toReceiver } from "../mail-recipients.js";

type Known = { user: Receiver; account: User["_id"] };

const afterNewDevice = followUp<Known>(Device, "device.new", async ({ actor, data: { user, account } }) =>
  mail.sendNewDevice(actor, user, await createNotMeLink(account, user)),
);

/**
 * Notes that somebody signs in with a browser, and tells them when it is a new one (ASVS V6.3.5).
 * @param browser the id in the browser's cookie
 * @returns what `startSession` wants to know
 */
export async function noteLogin(actor: Actor, user: User, browser: string) {
  const { ip, agent } = actor;
  const isTold = user.lastLoginAt && user.emailConfirmedAt; // their first login is no news
  const ifNew = isTold ? afterNewDevice.entry(actor, { user: toReceiver(user), account: user._id }) : undefined;
  const [previousSignInAt, device] = await Promise.all([
    user.noteLogin(),
    Device.noteLogin(browser, user.id, { ip, agent }, ifNew),
  ]);
  await record(actor, "session.started", user);
  if (ifNew && device.isNew) await afterNewDevice.finish(device._id, ifNew);
  return { device: device.id, previousSignInAt };
}
