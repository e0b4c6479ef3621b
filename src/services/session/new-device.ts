import type { Actor } from "../../actor.js";
import { LoginRefused } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { Device, type KnownDevice } from "../../models/device.js";
import type { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { hooks } from "../hooks/account-hooks.js";
import type { LoggingIn } from "../hooks/types.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

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
 * @param known the browser's device record for this account, if its id is known (models/device.ts)
 * @returns what `startSession` needs, and whether the browser was remembered. `written` resolves when the login is
 *   recorded: the session can be stored at the same time, in the same command (database/write-together.ts)
 * @throws LoginRefused
 */
export async function noteLogin(actor: Actor, user: User, browser: string, known: KnownDevice | null = null) {
  await demandLogin(actor, user);
  const { ip, agent } = actor;
  const isTold = user.lastLoginAt && user.emailConfirmedAt; // no notice about the first login
  const ifNew = isTold ? afterNewDevice.entry(actor, { user: toReceiver(user), account: user._id }) : undefined;
  const from = { ip, agent };
  const device = known ?? (await Device.noteLogin(browser, user.id, from, ifNew));
  const isNew = "isNew" in device ? device.isNew : Device.noteLoginAs(device, browser, user.id, from, ifNew);
  const recorded = Promise.all([isNew, user.noteLogin(), record(actor, "session.started", user)]);
  const written = recorded.then(async ([isNew]) => {
    if (ifNew && isNew) await afterNewDevice.finish(device._id, ifNew);
  });
  const previousSignInAt = user.lastLoginAt ?? null;
  return { device: device.id, previousSignInAt, wasRemembered: device.isRemembered, written };
}
