import { Types } from "mongoose";
import type { Outcome, Taken } from "../../../definitions/outcomes.js";
import type { Profile } from "../../../definitions/profile-fields.js";
import type { Role } from "../../../definitions/roles.js";
import { insertOnce, isEntryOf, type OutboxEntry, withEntry } from "../../outbox.js";
import { User } from "../../user.js";
import type { NewPasskey } from "../credentials/passkeys.js";
import { buildSearchEntries } from "../search/terms.js";
import { toTaken } from "../taken.js";

/** An account to create. */
export type NewAccount = {
  /** An id chosen in advance, if something must refer to the account before it exists. */
  _id?: Types.ObjectId;
  username: string;
  email: string;
  /** Missing if its owner chooses the password through a mailed link, or has a passkey instead. */
  passwordHash?: string;
  /** The passkey, if its owner registered with one. The account has the id for which it was created. */
  passkeys?: (NewPasskey & { addedAt: Date })[];
  /** Set if another person chose the password, so that its owner must replace it. */
  passwordChangeRequiredAt?: Date;
  /** True if its owner has proved that the email is theirs, or an admin vouches for it. */
  isConfirmed: boolean;
  bio?: string | undefined;
  profile?: Profile;
  roles?: { role: Role; domain?: Types.ObjectId | null }[];
  /** The invitation that creates the account. */
  usedLinks?: Types.ObjectId[];
  /** The API client, if the user registered without a browser. */
  signedUpBy?: string;
  /** Follow-up of the creation. */
  entry?: OutboxEntry | undefined;
};

/**
 * Creates an account in one write. services/account/open.ts asks the rules first. If another account has the value of a
 * field, returns which field it is; returns "exists" if the id is taken. For concurrent requests, unique indexes decide.
 */
export async function createAccount({
  entry,
  isConfirmed,
  profile = {},
  ...account
}: NewAccount): Promise<User | Taken | Outcome<"exists">> {
  const { _id = new Types.ObjectId(), username, email } = account;
  const document = {
    ...account,
    _id,
    ...withEntry(entry),
    profile: Object.fromEntries(Object.entries(profile).filter(([, value]) => value)), // empty fields are not stored
    search: buildSearchEntries({ username, email, profile }),
    ...(isConfirmed && { emailConfirmedAt: new Date() }),
  };
  try {
    const user = (await insertOnce(User, document)).document as unknown as User;
    return !entry || isEntryOf(user, entry) ? user : "exists"; // the stored entry shows which request created it
  } catch (error) {
    return toTaken(error);
  }
}
