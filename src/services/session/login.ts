import type { Actor } from "../../actor.js";
import type { Credentials } from "../../forms/auth/login.js";
import { countRefusedLogin } from "../../metrics/accounts.js";
import { Device, type KnownDevice } from "../../models/device.js";
import { User } from "../../models/user.js";
import { isPending } from "../account/register/pending.js";
import { checkPassword } from "./check-password.js";

/** A user who has entered the right password, and the device record of this browser for that account, if any. */
export type Entered = { user: User; device: KnownDevice | null };

/**
 * Returns the user with these credentials, or null. Unknown, disabled and throttled accounts take the same work.
 * @param browser the id in the browser's device cookie, if any
 * @param signUp the id of the registration made with this browser, if any
 * @throws Overloaded
 */
export async function logIn(
  actor: Actor,
  { login, password }: Credentials,
  { browser, signUp }: { browser: string | null; signUp: string | null },
): Promise<Entered | null> {
  const here = await Device.findEntries(browser);
  const accounts = await User.listByLogin(login, [...here.keys(), ...(signUp ? [signUp] : [])]);
  for (const user of accounts) {
    const device = here.get(user?.id ?? "") ?? null;
    const entered = await checkPassword(actor, { user, name: login, device: device?.id ?? null }, password);
    if (entered && isPending(entered)) countRefusedLogin("unconfirmed");
    if (entered) return { user: entered, device };
  }
  return null;
}
