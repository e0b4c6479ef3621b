import { Types } from "mongoose";
import type { Outcome } from "../../../definitions/outcomes.js";
import * as passwords from "../../../lib/passwords/hash.js";
import type { OutboxEntry } from "../../outbox.js";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";
import { createConfirmedUser } from "./confirmed.js";

/** The id of the first account: of any number that try to be it at once, the index of ids lets one. */
const FIRST = new Types.ObjectId("000000000000000000000001");

let isFounded = false;
/** Sign-ups with addresses that nobody proved do not count: a stranger's must not close the page. */
const confirmed = { emailConfirmedAt: isDate };

/** The first account of a site, a superadmin's. */
export const firstUser = {
  /** Whether nobody has an account with a confirmed address yet. Once somebody has, this process does not ask again. */
  async needsSetup(): Promise<boolean> {
    const options = { hint: "confirmed", projection: { _id: 1 }, maxTimeMS: 5_000 };
    isFounded ||= (await User.collection.findOne(confirmed, options)) !== null;
    return !isFounded;
  },

  /** Whether the first account has this name and address. */
  async isFounder({ username, email }: { username: string; email: string }): Promise<boolean> {
    return (await User.exists({ _id: FIRST, username, email })) !== null;
  },

  /**
   * Opens the first account, with a confirmed address and the role in one write; null when another was faster, "username-taken"
   * when a sign-up has the name. The seat of a superadmin comes after it, by the follow-up of the entry.
   * @throws Overloaded
   */
  async create(
    { password, ...identity }: { username: string; email: string; password: string },
    entry: OutboxEntry,
  ): Promise<User | Outcome<"username-taken"> | null> {
    const passwordHash = await passwords.hash(password);
    if (!(await firstUser.needsSetup())) return null;
    const user = await createConfirmedUser({
      _id: FIRST,
      ...identity,
      passwordHash,
      roles: [{ role: "superadmin" }],
      entry,
    });
    if (user === "username-taken") return user;
    return typeof user === "string" ? null : user;
  },
};
