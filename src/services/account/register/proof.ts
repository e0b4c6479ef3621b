import type { Actor } from "../../../actor.js";
import { User } from "../../../models/user.js";
import { isPassword } from "../../session/check-password.js";
import { getProgramId } from "./register.js";

/** Whether this is the password that was chosen at a sign-up. @throws Overloaded */
export async function isPasswordOfSignUp(actor: Actor, { _id, username }: User, password: string): Promise<boolean> {
  const user = await User.findById(_id).select("+passwordHash");
  return isPassword(actor, { user, name: username, device: null }, password);
}

/** Whether a program that asks is the one that signed up, as far as its address and name tell. */
export async function isProgramOfSignUp(actor: Actor, { _id }: User): Promise<boolean> {
  const made = await User.findById(_id).select("signedUpBy");
  return made?.signedUpBy === getProgramId(actor);
}
