import type { Actor } from "../actor.js";
import * as mail from "../mail/index.js";
import { Device } from "../models/device.js";
import { Token } from "../models/token.js";
import type { User } from "../models/user.js";
import { record } from "./audit.js";

/**
 * Notes that somebody signs in with a browser, and tells them when it is a new one (ASVS V6.3.5).
 * @param browser the id in the browser's cookie
 * @returns what `signIn` wants to know
 */
export async function noteSignIn(actor: Actor, user: User, browser: string) {
  const { ip, agent } = actor;
  const [previousSignInAt, device] = await Promise.all([
    user.noteSignIn(),
    Device.noteSignIn(browser, user.id, { ip, agent }),
  ]);
  await record(actor, "session.started", user);
  if (device.isNew && previousSignInAt && user.emailConfirmedAt) {
    await mail.newDevice(actor, user, await Token.issue({ purpose: "not-me", user, email: user.email }));
  }
  return { device: device.id, previousSignInAt };
}
