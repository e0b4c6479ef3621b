import type { Actor } from "../../actor.js";
import type { Credentials } from "../../forms/auth/login.js";
import { countRefusedLogin } from "../../metrics/accounts.js";
import { Device } from "../../models/device.js";
import { User } from "../../models/user.js";
import { isPending } from "../account/register/pending.js";
import { checkPassword } from "./check-password.js";

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
): Promise<User | null> {
  const here = await Device.findEntries(browser);
  const accounts = await User.listByLogin(login, [...here.keys(), ...(signUp ? [signUp] : [])]);
  for (const user of accounts) {
    const device = here.get(user?.id ?? "") ?? null;
    const entered = await checkPassword(actor, { user, name: login, device }, password);
    if (entered && isPending(entered)) countRefusedLogin("unconfirmed");
    if (entered) return entered;
  }
  return null;
}
