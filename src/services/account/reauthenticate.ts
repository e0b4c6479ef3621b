import type { Actor } from "../../actor.js";
import { User } from "../../models/user.js";
import { checkPassword } from "../session/check-password.js";

/**
 * The person who is signed in, if this is their account's password. Counted like a login from this device: who finds an
 * open session cannot try on for ever, and one try too many counts as wrong (ASVS V6.3.1).
 * @param device the id of this browser's entry among the person's devices, as the session has it
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

/** Whether this is the password of the person who is signed in, for forms that ask for it. Counted as above. */
export async function isCurrentPassword(...asked: Parameters<typeof verifyCurrentPassword>): Promise<boolean> {
  return (await verifyCurrentPassword(...asked)) !== null;
}
