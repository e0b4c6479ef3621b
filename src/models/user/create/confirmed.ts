import { Types } from "mongoose";
import { isDuplicate } from "../../../database/errors.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import type { Role } from "../../../definitions/roles.js";
import { insertOnce, isEntryOf, type OutboxEntry, withEntry } from "../../outbox.js";
import { User } from "../../user.js";
import { buildSearchEntries } from "../search/terms.js";

type Newcomer = {
  /** An id chosen in advance, if something must refer to the account before it exists. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  passwordHash: string;
  /** Set if the user must replace the password before anything else. */
  passwordChangeRequiredAt?: Date;
  roles?: { role: Role; domain?: Types.ObjectId | null }[];
  /** The invitation that creates the account. */
  usedLinks?: Types.ObjectId[];
  /** Follow-up of the creation. */
  entry?: OutboxEntry;
};

/**
 * Creates an account with a confirmed email in one write. If another account has a field's value, returns which field
 * it is; returns "exists" if the id is taken. For concurrent requests, unique indexes decide.
 */
export async function createConfirmedUser({
  entry,
  ...newcomer
}: Newcomer): Promise<User | Outcome<"username-taken" | "email-taken" | "exists">> {
  const { _id = new Types.ObjectId() } = newcomer;
  const account = {
    ...newcomer,
    _id,
    ...withEntry(entry),
    search: buildSearchEntries(newcomer),
    emailConfirmedAt: new Date(),
  };
  try {
    const user = (await insertOnce(User, account)).document as unknown as User;
    return !entry || isEntryOf(user, entry) ? user : "exists"; // the stored entry shows which request created it
  } catch (error) {
    if (isDuplicate(error, "username")) return "username-taken";
    if (isDuplicate(error, "email")) return "email-taken";
    throw error;
  }
}
