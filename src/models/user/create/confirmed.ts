import { Types } from "mongoose";
import { isDuplicate } from "../../../database/errors.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import type { Role } from "../../../definitions/roles.js";
import { insertOnce, isEntryOf, type OutboxEntry, withEntry } from "../../outbox.js";
import { User } from "../../user.js";
import { buildSearchEntries } from "../search/terms.js";

type Newcomer = {
  /** Chosen before, if something must refer to the account before it exists. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  passwordHash: string;
  roles?: { role: Role; domain?: Types.ObjectId | null }[];
  /** The invitation that creates it. */
  usedLinks?: Types.ObjectId[];
  /** Follow-up of the creation. */
  entry?: OutboxEntry;
};

/**
 * Creates an account whose email is already confirmed, in one write. Returns which field is taken by another account,
 * or "exists" if the id is taken. Unique indexes decide between concurrent requests for the same id, username or email.
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
    return !entry || isEntryOf(user, entry) ? user : "exists"; // of several requests for one id, the stored entry shows which won
  } catch (error) {
    if (isDuplicate(error, "username")) return "username-taken";
    if (isDuplicate(error, "email")) return "email-taken";
    throw error;
  }
}
