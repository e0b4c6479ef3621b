import type { Actor } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import type { Outcome, Refused, Taken } from "../../definitions/outcomes.js";
import { type Profile, profileFieldNames } from "../../definitions/profile-fields.js";
import { Forbidden, NotFound } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { MailedLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { mayActOn } from "../../policies/users.js";
import { planEmailChange } from "../account/email-change.js";
import { planCorrection } from "../account/email-confirmation.js";
import { askHook, canonicalizeProfile, wrongPhone } from "../account/open.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { demandMail } from "../mail/limits.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";

/** What an admin can change; missing fields stay. */
export type UserEdit = Profile & {
  username?: string | undefined;
  bio?: string | undefined;
  email?: string | undefined;
};
export type EditOutcome = Outcome<"done" | "disabled" | "last-superadmin" | "stale"> | Taken | Refused;

type Edited = { from: string; to: string | null; fields: string[]; user: Receiver };
const afterEditing = followUp<Edited>(User, "user.edited", async ({ id, actor, data: { from, to, fields, user } }) => {
  const subject = { id: String(id) };
  if (to !== null) await record(actor, "user.renamed", subject, { from, to });
  if (fields.length > 0) await record(actor, "profile.edited", subject, { fields: fields.join(", ") });
  if (to !== null && user.isConfirmed) await mail.sendUserRenamed({ ...user, username: to });
});

/**
 * Changes the username, the profile and the email of another user in one write, so it is saved whole or not at all. Fields
 * with the stored value are left out, so a program that sends the same data every night changes nothing and notifies
 * nobody.
 *
 * A confirmed email changes as if its owner had asked for it (services/account/email-change.ts): the new address gets a link that
 * confirms it, the current one a link that undoes it. Until then, the account keeps its email, its sessions, and where
 * its password resets go. An unconfirmed email changes at once, and the link goes to the new one. A disabled account keeps its
 * email, because its links do not work.
 * @param since when the account had last changed, if the client named a version; "stale" if it has changed since
 * @throws Forbidden, NotFound, TooManyRequests
 */
export async function editUser(actor: Actor, user: User, edit: UserEdit, since?: Date | null): Promise<EditOutcome> {
  if (!mayActOn(actor, "users.edit", user)) throw new Forbidden();
  const changed = await findChanged(user, edit);
  if (changed === null) return wrongPhone;
  if (Object.keys(changed).length === 0) return "done";
  if (changed.email !== undefined && user.disabledAt) return "disabled";
  if (changed.email !== undefined && (await User.findByEmail(changed.email))) return { taken: "email" };
  const refused = findRefusal(changed) ?? (await askAboutCorrection(actor, user, changed));
  if (refused) return refused;
  await demandMails(actor, user, changed);
  const steps = planSteps(actor, user, changed);
  const outcome = await user.edit(changed, { since, entries: steps.map(({ entry }) => entry) });
  if (outcome === "stale" && since === undefined) return editUser(actor, await readAgain(user), edit);
  if (outcome === "done") for (const { finish } of steps) await finish();
  return outcome;
}

/** Returns what an edit changes, in the stored format; null if the country of the phone number is unknown. */
async function findChanged(user: User, { email = user.email, ...edit }: UserEdit): Promise<UserEdit | null> {
  const { username: _username, bio: _bio, ...fields } = edit;
  const profile = canonicalizeProfile(fields, edit.country ?? user.profile?.country ?? "");
  if (profile === null) return null;
  const hasNewEmail = email !== user.email && !(await isPendingEmail(user, email));
  return { ...pickChanged(user, { ...edit, ...profile }), ...(hasNewEmail && { email }) };
}

/** Returns true if the owner was already asked to confirm this email. */
const isPendingEmail = async (user: User, email: string): Promise<boolean> =>
  Boolean(user.emailConfirmedAt) && (await MailedLink.pendingEmail(user)) === email;

/** Asks the hook about another address for an account that nobody has confirmed. */
async function askAboutCorrection(actor: Actor, user: User, { username, email }: UserEdit): Promise<Refused | null> {
  if (email === undefined || user.emailConfirmedAt) return null;
  return askHook(actor, { username: username ?? user.username, email, profile: user.profile ?? {} });
}

/** Takes the emails that a change sends from their budgets. @throws TooManyRequests */
async function demandMails(actor: Actor, user: User, { username, email }: UserEdit): Promise<void> {
  const asker = { own: actor.user?.id ?? actor.via };
  if (email !== undefined) await demandMail("email-change", email, asker);
  const isToldOwner = user.emailConfirmedAt && (email !== undefined || username !== undefined);
  if (isToldOwner) await demandMail("email-change", user.email, asker);
}

/** Prepares what follows a change: for the username and the profile, and for the email. */
function planSteps(actor: Actor, user: User, { username, email, ...told }: UserEdit) {
  const { _id, email: before, sessionEpoch, lastLoginAt, recoveryEmail } = user;
  const fields = Object.keys(told);
  const data = { from: user.username, to: username ?? null, fields, user: toReceiver(user) };
  const entry = afterEditing.entry(actor, data);
  const edited = { entry, finish: () => afterEditing.finish(_id, entry) };
  const isEdited = username !== undefined || fields.length > 0;
  const planEmail = user.emailConfirmedAt ? planEmailChange : planCorrection;
  const named = { _id, username: username ?? user.username, email: before, sessionEpoch, lastLoginAt, recoveryEmail };
  return [...(isEdited ? [edited] : []), ...(email === undefined ? [] : [planEmail(actor, named, email)])];
}

async function readAgain({ _id }: User): Promise<User> {
  const user = await User.findById(_id);
  if (!user) throw new NotFound();
  return user;
}

/** Picks the fields whose values differ from the stored ones. */
function pickChanged(user: User, edit: Omit<UserEdit, "email">): Omit<UserEdit, "email"> {
  const stored: Record<string, unknown> = { username: user.username, bio: user.bio };
  for (const field of profileFieldNames) stored[field] = user.profile?.[field] ?? "";
  const sent = Object.entries(edit).filter(([field, value]) => value !== undefined && value !== stored[field]);
  return Object.fromEntries(sent);
}
