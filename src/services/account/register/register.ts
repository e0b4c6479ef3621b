import type { Actor } from "../../../actor.js";
import type { Registration } from "../../../forms/auth/register.js";
import { digest } from "../../../lib/secrets.js";
import { User } from "../../../models/user.js";
import { record } from "../../audit.js";
import { followUp } from "../../follow-ups.js";
import { takeMail } from "../../mail-limits.js";
import { isPassword } from "../../session/check-password.js";
import { dropSignUp } from "../deletion.js";
import { correctAddress, mailConfirmation } from "../email-confirmation.js";

const afterRegistration = followUp<Pick<Registration, "username" | "email">>(
  User,
  "user.registered",
  async ({ id, actor, data }) => {
    await record(actor, "user.registered", { id: String(id) });
    if (await takeMail("registration", data.email, "stranger"))
      await mailConfirmation({ _id: id, sessionEpoch: 0, ...data });
  },
);

/**
 * Stores a sign-up, whose address is yet to be confirmed; null when the username is taken. It does the same whether or
 * not the address has an account already: only the mail differs, and only the owner of the address reads that. The same form
 * sent a second time, with the right password, is the same sign-up. Sent from the browser that made it, with another
 * address, it corrects the address: users go back to a form to correct a typing mistake.
 * @param own the sign-up that this browser made before, if there is one
 * @throws Overloaded
 */
export async function registerUser(
  actor: Actor,
  registration: Registration,
  own: User | null = null,
): Promise<User | null> {
  const made = await signUp(actor, registration);
  if (made) return made;
  const holder = await User.findByUsername(registration.username);
  if (holder && User.isLapsed(holder)) {
    await dropSignUp(holder);
    return signUp(actor, registration);
  }
  const same = await sameSignUp(actor, holder, registration, own);
  return same && same.email !== registration.email ? correctAddress(actor, same, registration.email) : same;
}

async function signUp(actor: Actor, registration: Registration): Promise<User | null> {
  const { username, email } = registration;
  const entry = afterRegistration.entry(actor, { username, email });
  const user = await User.register(registration, {
    entry,
    ...(actor.via === "api" && !actor.user && { signedUpBy: getProgramId(actor) }),
  });
  if (user) await afterRegistration.finish(user._id, entry);
  return user;
}

/** Always one comparison, so that nobody learns from it which address a sign-up of this name gave. */
async function sameSignUp(actor: Actor, holder: User | null, registration: Registration, own: User | null) {
  const { username, email, password } = registration;
  const isWaiting = holder !== null && !holder.emailConfirmedAt;
  const user = isWaiting && (holder.email === email || holder.id === own?.id) ? holder : null;
  const isRight = await isPassword(actor, { user, name: username, device: null }, password);
  return isRight ? user : null;
}

/** What a program is known by, as a browser is by its cookie: where it is, and what it calls itself. */
export const getProgramId = ({ ip, agent }: Pick<Actor, "ip" | "agent">): string => digest(`program ${ip} ${agent}`);
