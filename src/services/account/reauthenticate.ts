import type { Actor } from "../../actor.js";
import { User } from "../../models/user.js";
import { checkPassword } from "../session/check-password.js";

/**
 * Returns the logged-in user if this is their password. Counted like a login from this device, so that a stranger at an
 * open session cannot guess without limit; an attempt beyond the limit counts as wrong (ASVS V6.3.1).
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

/** Returns true if this is the logged-in user's password, for forms that ask for it. Counted as above. */
export async function isCurrentPassword(...asked: Parameters<typeof verifyCurrentPassword>): Promise<boolean> {
  return (await verifyCurrentPassword(...asked)) !== null;
}
