import type { Actor } from "../../../actor.js";
import { User } from "../../../models/user.js";
import { isPassword } from "../../session/check-password.js";
import { getProgramId } from "./register.js";

/** Returns true if this is the password chosen at registration. @throws Overloaded */
export async function isPasswordOfSignUp(actor: Actor, { _id, username }: User, password: string): Promise<boolean> {
  const user = await User.findById(_id).select("+passwordHash");
  return isPassword(actor, { user, name: username, device: null }, password);
}

/** Returns true if an account was registered with a passkey, and so has no password that could prove its owner. */
export async function isPasskeySignUp({ _id, passkeys }: User): Promise<boolean> {
  return passkeys.length > 0 && (await User.exists({ _id, passwordHash: null })) !== null;
}

/** Returns true if this API client registered the account, judged by its IP address and user agent. */
export async function isProgramOfSignUp(actor: Actor, { _id }: User): Promise<boolean> {
  const made = await User.findById(_id).select("signedUpBy");
  return made?.signedUpBy === getProgramId(actor);
}
