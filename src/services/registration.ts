import type { Actor } from "../actor.js";
import type { Registration } from "../forms/register.js";
import { Device } from "../models/device.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { askForConfirmation } from "./email-confirmation.js";

/**
 * Opens an account whose address is yet to be confirmed; null when the username is taken. It does the same whether or
 * not the address has an account already: only the mail differs, and only the owner of the address reads that.
 * @param browser the id in the browser's cookie; null where there is no browser
 */
export async function register(actor: Actor, registration: Registration, browser: string | null): Promise<User | null> {
  const user = await User.register(registration);
  if (!user) return null;
  const { ip, agent } = actor;
  await record(actor, "user.registered", user);
  if (browser !== null) await Device.noteSignIn(browser, user.id, { ip, agent });
  await askForConfirmation(user, "registration", "stranger");
  return user;
}
