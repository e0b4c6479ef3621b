import type { Actor } from "../actor.js";
import type { Credentials } from "../forms/login.js";
import { Device } from "../models/device.js";
import { User } from "../models/user.js";
import { tryPassword } from "./password-try.js";

/**
 * The person who logs in with these credentials, or null. For unknown, disabled and locked accounts the work is the same.
 * @param browser the id in the browser's cookie, if it has one
 * @throws Overloaded
 */
export async function logIn(actor: Actor, { login, password }: Credentials, browser: string | null) {
  const here = await Device.entriesOf(browser);
  const user = await User.findByLogin(login, [...here.keys()]);
  const device = here.get(user?.id ?? "") ?? null;
  return tryPassword(actor, { user, name: login, device }, password);
}
