import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { MailedLink } from "../../models/mailed-link.js";
import { superadmins } from "../../models/superadmin-seat.js";
import type { AccountOutcome } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayActOn } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";
import { revokeAllAccess } from "../revoke-access.js";

type Reasoned = { user: Receiver; reason: string };

const afterDisabling = followUp<Reasoned>(User, "user.disabled", async ({ id, actor, data: { user, reason } }) => {
  await shutOut(id);
  await record(actor, "user.disabled", { id: String(id) }, { reason });
  if (user.isConfirmed) await mail.sendUserDisabled(user, reason);
});

/** Disables a user, ends all access, and emails them the reason. @throws Forbidden */
export async function disableUser(actor: Actor, user: User, reason: string): Promise<AccountOutcome> {
  if (!mayActOn(actor, "users.disable", user)) throw new Forbidden();
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1), reason } };
  return afterDisabling.make(about, (entry) => user.disable(entry));
}

const afterEnabling = followUp<{ user: Receiver }>(User, "user.enabled", async ({ id, actor, data: { user } }) => {
  await superadmins.claimSeat(id);
  await record(actor, "user.enabled", { id: String(id) });
  if (user.isConfirmed) await mail.sendUserEnabled(user);
});

/** Enables a user again and cancels a deletion that an admin scheduled. @throws Forbidden */
export async function enableUser(actor: Actor, user: User): Promise<Outcome<"done" | "unchanged">> {
  if (!mayActOn(actor, "users.disable", user)) throw new Forbidden();
  const about = { id: user._id, actor, data: { user: toReceiver(user) } };
  return (await afterEnabling.make(about, (entry) => user.enable(entry))) ? "done" : "unchanged";
}

/**
 * Deletes everything that the new epoch made invalid, so that none of it becomes valid when the user is enabled again.
 */
export async function shutOut(_id: User["_id"]): Promise<void> {
  await Promise.all([revokeAllAccess({ _id, id: String(_id) }), MailedLink.revoke(_id)]);
}
