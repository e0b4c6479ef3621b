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

/** `mustChangePassword` is true if an admin chose the password and the user must replace it. */
type Requested = Registration & { mustChangePassword?: boolean };

/**
 * Stores a registration with an unconfirmed email. Returns null if the username is taken. If the email already has an
 * account, only the text of the email differs, and only the owner of the email reads it. A repeated form with the right
 * password returns the existing registration. The same browser can also send another email to correct the registration,
 * because users go back to the form to fix a typing mistake.
 * @param own the earlier registration of this browser, if any
 * @throws Overloaded
 */
export async function registerUser(
  actor: Actor,
  registration: Requested,
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

async function signUp(actor: Actor, { mustChangePassword, ...registration }: Requested): Promise<User | null> {
  const { username, email } = registration;
  const entry = afterRegistration.entry(actor, { username, email });
  const user = await User.register(registration, {
    entry,
    ...(actor.via === "api" && !actor.user && { signedUpBy: getProgramId(actor) }),
    ...(mustChangePassword && { passwordChangeRequiredAt: new Date() }),
  });
  if (user) await afterRegistration.finish(user._id, entry);
  return user;
}

/** Always compares one password hash, so that the response time does not reveal which email the registration has. */
async function sameSignUp(actor: Actor, holder: User | null, registration: Requested, own: User | null) {
  const { username, email, password, mustChangePassword } = registration;
  const isAsAsked = !mustChangePassword || Boolean(holder?.passwordChangeRequiredAt);
  const isWaiting = holder !== null && !holder.emailConfirmedAt && isAsAsked;
  const user = isWaiting && (holder.email === email || holder.id === own?.id) ? holder : null;
  const isRight = await isPassword(actor, { user, name: username, device: null }, password);
  return isRight ? user : null;
}

/** Identifies an API client by a hash of IP address and user agent, like a cookie identifies a browser. */
export const getProgramId = ({ ip, agent }: Pick<Actor, "ip" | "agent">): string => digest(`program ${ip} ${agent}`);
