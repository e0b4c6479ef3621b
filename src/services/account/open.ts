import type { Actor, ActorRecord } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import type { Outcome, Refused, Taken } from "../../definitions/outcomes.js";
import type { Profile } from "../../definitions/profile-fields.js";
import { canonicalizePhone } from "../../lib/text/phone.js";
import type { OutboxEntry } from "../../models/outbox.js";
import { createAccount, type NewAccount } from "../../models/user/create/account.js";
import type { User } from "../../models/user.js";
import { hooks } from "../hooks/account-hooks.js";
import type { Newcomer } from "../hooks/types.js";

/** The steps after the creation, as declared by `followUp`, with their facts. */
type Completion<Data> = {
  followUp: {
    entry(actor: ActorRecord, data: Data): OutboxEntry<Data>;
    finish(id: User["_id"], entry: OutboxEntry<Data>): Promise<void>;
  };
  data: Data;
};

export type OpeningResult = User | Taken | Refused | Outcome<"exists">;

/**
 * Opens an account. Registration, invitations, setup, admins, the command line and the demonstration data all come
 * through here; there is no other way. Asks the rules of this installation, creates the account in one write, and runs the follow-up.
 * @returns the account; the field whose value another account has; the refusal by a rule; "exists" if the id is taken
 */
export async function openAccount<Data>(
  actor: Actor,
  account: Omit<NewAccount, "entry">,
  completion?: Completion<Data>,
): Promise<OpeningResult> {
  const { username, email } = account;
  const profile = canonicalizeProfile(account.profile ?? {});
  if (profile === null) return wrongPhone;
  const refused = findRefusal({ username, email }) ?? (await askHook(actor, { username, email, profile }));
  if (refused) return refused;
  const entry = completion?.followUp.entry(actor, completion.data);
  const opened = await createAccount({ ...account, profile, entry });
  if (completion && entry && isAccount(opened)) await completion.followUp.finish(opened._id, entry);
  return opened;
}

/** Returns true if the account was opened. */
export const isAccount = (opened: object | string | null): opened is User =>
  typeof opened === "object" && opened !== null && "_id" in opened;

/**
 * Asks the hook about an account. Also asked when an unconfirmed email is corrected, because that gives the account to
 * another person.
 */
export async function askHook(actor: Actor, newcomer: Newcomer): Promise<Refused | null> {
  const message = await hooks.beforeRegistration(actor, newcomer);
  return message === null ? null : { refused: { field: "", message } };
}

/** Converts the phone number to the stored format; null if its country is unknown. */
export function canonicalizeProfile(profile: Profile, country = profile.country ?? ""): Profile | null {
  if (!profile.phone) return profile;
  const phone = canonicalizePhone(profile.phone, country);
  return phone === null ? null : { ...profile, phone };
}

export const wrongPhone: Refused = {
  refused: {
    field: "phone",
    message: "Enter the number with its country code, such as +49 30 1234567, or enter the country too.",
  },
};
