import type { Actor, ActorRecord } from "../../actor.js";
import * as mail from "../../mail/index.js";
import { User } from "../../models/user.js";
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

/** Recipient of the email that reports a new password. */
export type ChangedUser = mail.Owner & { sessionEpoch: number };

/** Notifies the owner by email, with a "this wasn't me" link. */
export async function tellOfChange(actor: ActorRecord, user: ChangedUser & Pick<User, "_id">): Promise<void> {
  await mail.sendPasswordChanged(actor, user, createNotMeLinks(user._id, user));
}
