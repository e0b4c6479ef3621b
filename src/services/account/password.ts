import type { Actor, ActorRecord, RequestUser } from "../../actor.js";
import type { PasswordOwner } from "../../lib/passwords/policy.js";
import * as mail from "../../mail/index.js";
import { hasSecondFactor, User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, toReceiver } from "../mail-recipients.js";

const afterChange = followUp<{ user: ChangedUser; isConfirmed: boolean }>(
  User,
  "password.changed",
  async ({ id, actor, data: { user, isConfirmed } }) => {
    await record(actor, "password.changed", { id: String(id) });
    if (isConfirmed) await tellOfChange(actor, { _id: id, ...user });
  },
);

/**
 * Changes a password. Returns false if another request changed it at the same time, or if the user has been disabled.
 */
export async function changePassword(actor: Actor, user: User, password: string): Promise<boolean> {
  const receiver = toReceiver(user, 1);
  const entry = afterChange.entry(actor, { user: receiver, isConfirmed: receiver.isConfirmed });
  if (!(await user.setPassword(password, entry))) return false;
  await afterChange.finish(user._id, entry);
  return true;
}

/** Returns what the password policy depends on: an account, or the user of a request. */
export function getPasswordOwner(user: User | RequestUser): PasswordOwner {
  const { username, email } = user;
  return { username, email, hasSecondFactor: "passkeys" in user ? hasSecondFactor(user) : user.hasSecondFactor };
}

/** Recipient of the email that reports a new password. */
export type ChangedUser = mail.Owner & { sessionEpoch: number };

/** Notifies the owner by email, with a "this wasn't me" link. */
export async function tellOfChange(actor: ActorRecord, user: ChangedUser & Pick<User, "_id">): Promise<void> {
  await mail.sendPasswordChanged(actor, user, createNotMeLinks(user._id, user));
}
