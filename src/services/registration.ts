import type { Actor } from "../actor.js";
import type { Registration } from "../forms/register.js";
import { log } from "../log.js";
import { type Registered, User } from "../models/user.js";

/** Opens an account, or says what is taken already, and records it. */
export async function register(actor: Actor, registration: Registration): Promise<Registered> {
  const result = await User.register(registration);
  if (result.ok) log.info({ event: "user.registered", user: result.user.id, ip: actor.ip }, "registered");
  return result;
}
