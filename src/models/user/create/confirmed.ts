import { Types } from "mongoose";
import { isDuplicate } from "../../../database/errors.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import type { Role } from "../../../definitions/roles.js";
import { insertOnce, isEntryOf, type OutboxEntry, withEntry } from "../../outbox.js";
import { User } from "../../user.js";
import { buildSearchEntries } from "../search/terms.js";

type Newcomer = {
  /** Given beforehand where an account must be named before it is there. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  passwordHash: string;
  roles?: { role: Role; domain?: Types.ObjectId | null }[];
  /** The invitation that opens it. */
  usedLinks?: Types.ObjectId[];
  /** What is left to do afterwards. */
  entry?: OutboxEntry;
};

/**
 * Opens an account whose address is proven already, in one write; or answers what another account has; "exists" when it has the
 * id. Of any number at once for one id, name or address the unique indexes let one.
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
    return !entry || isEntryOf(user, entry) ? user : "exists"; // of several at once for one id, one has its entry in it
  } catch (error) {
    if (isDuplicate(error, "username")) return "username-taken";
    if (isDuplicate(error, "email")) return "email-taken";
    throw error;
  }
}
