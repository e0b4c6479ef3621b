import type { Actor } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import { isRefused, type Outcome, type Refused, type Taken } from "../../definitions/outcomes.js";
import { type Profile, profileFieldNames } from "../../definitions/profile-fields.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { User } from "../../models/user.js";
import { mayActOn } from "../../policies/users.js";
import { startEmailChange } from "../account/email-change.js";
import { correctAddress } from "../account/email-confirmation.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { demandMail } from "../mail-limits.js";
import { type Receiver, toReceiver } from "../mail-recipients.js";

/** What an admin can change; missing fields stay. */
export type UserEdit = Profile & {
  username?: string | undefined;
  bio?: string | undefined;
  email?: string | undefined;
};
export type EditOutcome = Outcome<"done" | "stale"> | Taken | Refused;

type Edited = { from: string; to: string | null; fields: string[]; user: Receiver };
const afterEditing = followUp<Edited>(User, "user.edited", async ({ id, actor, data: { from, to, fields, user } }) => {
  const subject = { id: String(id) };
  if (to !== null) await record(actor, "user.renamed", subject, { from, to });
  if (fields.length > 0) await record(actor, "profile.edited", subject, { fields: fields.join(", ") });
  if (to !== null && user.isConfirmed) await mail.sendUserRenamed({ username: to, email: user.email });
});

/**
 * Changes the username, the profile and the email of another user. Username and profile change in one write. Fields with the
 * stored value are left out, so a program that sends the same data every night changes nothing and notifies nobody.
 *
 * A confirmed email changes as if its owner had asked for it (services/account/email-change.ts): the new address gets a link that
 * confirms it, the current one a link that undoes it. Until then, the account keeps its email, its sessions, and where
 * its password resets go. An unconfirmed email changes at once, and the link goes to the new one.
 * @param since when the account had last changed, if the client named a version; "stale" if it has changed since
 * @throws Forbidden, TooManyRequests
 */
export async function editUser(
  actor: Actor,
  user: User,
  { email = user.email, ...edit }: UserEdit,
  since?: Date | null,
): Promise<EditOutcome> {
  if (!mayActOn(actor, "users.edit", user)) throw new Forbidden();
  const hasNewEmail = email !== user.email;
  const { username, ...told } = pickChanged(user, edit);
  const refused = findRefusal({ email: hasNewEmail ? email : undefined, username });
  if (refused) return refused;
  if (hasNewEmail && (await User.findByEmail(email))) return { taken: "email" };
  const isToldOwner = user.emailConfirmedAt && (hasNewEmail || username !== undefined);
  await demandMails(actor, { [email]: hasNewEmail, [user.email]: Boolean(isToldOwner) });
  const fields = Object.keys(told);
  if (username !== undefined || fields.length > 0) {
    const data = { from: user.username, to: username ?? null, fields, user: toReceiver(user) };
    const about = { id: user._id, actor, data };
    const outcome = await afterEditing.make(about, (entry) => user.edit({ username, ...told }, { since, entry }));
    if (outcome !== "done") return outcome;
  }
  return hasNewEmail ? changeEmail(actor, Object.assign(user, { username: username ?? user.username }), email) : "done";
}

/** @throws TooManyRequests */
async function demandMails(actor: Actor, addresses: Record<string, boolean>): Promise<void> {
  const asker = { own: actor.user?.id ?? actor.via };
  for (const [address, isMailed] of Object.entries(addresses))
    if (isMailed) await demandMail("email-change", address, asker);
}

async function changeEmail(actor: Actor, user: User, email: string): Promise<EditOutcome> {
  if (user.emailConfirmedAt) {
    await startEmailChange(actor, user, email);
    return "done";
  }
  const corrected = await correctAddress(actor, user, email);
  if (corrected === null) return "stale";
  return isRefused(corrected) ? corrected : "done";
}

/** Picks the fields whose values differ from the stored ones. */
function pickChanged(user: User, edit: Omit<UserEdit, "email">): Omit<UserEdit, "email"> {
  const stored: Record<string, unknown> = { username: user.username, bio: user.bio };
  for (const field of profileFieldNames) stored[field] = user.profile?.[field] ?? "";
  const sent = Object.entries(edit).filter(([field, value]) => value !== undefined && value !== stored[field]);
  return Object.fromEntries(sent);
}
