import type { Actor, ActorRecord, RequestUser } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { PasswordOwner } from "../../lib/passwords/policy.js";
import * as mail from "../../mail/index.js";
import { hasSecondFactor, User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

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

const afterRemoving = followUp<{ user: Receiver }>(User, "password.removed", async ({ id, actor, data: { user } }) => {
  await record(actor, "password.removed", { id: String(id) });
  if (user.isConfirmed) await mail.sendPasswordRemoved(actor, user, createNotMeLinks(id, user));
});

/**
 * Removes the password of an account with a passkey. Ends all sessions; the caller renews its own.
 * @returns "forbidden" if it is the only login method, "stale" if the account has no password or has just changed
 */
export async function removePassword(actor: Actor, user: User): Promise<Outcome<"done" | "forbidden" | "stale">> {
  if (user.passkeys.length === 0) return "forbidden";
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1) } };
  return (await afterRemoving.make(about, (entry) => user.removePassword(entry))) ? "done" : "stale";
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
