import type { Actor } from "../../actor.js";
import { User } from "../../models/user.js";
import { checkPassword } from "../session/check-password.js";

/**
 * Returns the logged-in user if this is their password. Attempts count like logins from this device, so that someone
 * who finds an open session cannot guess without limit. An attempt beyond the limit counts as wrong (ASVS V6.3.1).
 * @param device id of this browser's device record, from the session
 * @throws Overloaded, TooManyRequests
 */
export async function verifyCurrentPassword(
  actor: Actor,
  { id }: { id: string },
  device: string | undefined,
  password: string,
): Promise<User | null> {
  const user = await User.findById(id).select("+passwordHash");
  return checkPassword(actor, { user, name: id, device: device || null }, password);
}
