import { Types } from "mongoose";
import type { Outcome } from "../../../definitions/outcomes.js";
import * as passwords from "../../../lib/passwords/hash.js";
import type { OutboxEntry } from "../../outbox.js";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";
import { createConfirmedUser } from "./confirmed.js";

/** The id of the first account. The unique index on ids allows only one of several concurrent requests to create it. */
const FIRST = new Types.ObjectId("000000000000000000000001");

let isFounded = false;
/** Unconfirmed registrations do not count, because otherwise anyone could close the setup page. */
const confirmed = { emailConfirmedAt: isDate };

/** The first account of an installation. It is a superadmin. */
export const firstUser = {
  /** Returns true while no account has a confirmed email. As soon as one has, this process stops querying. */
  async needsSetup(): Promise<boolean> {
    const options = { hint: "confirmed", projection: { _id: 1 }, maxTimeMS: 5_000 };
    isFounded ||= (await User.collection.findOne(confirmed, options)) !== null;
    return !isFounded;
  },

  /** Returns true if the first account has this username and email. */
  async isFounder({ username, email }: { username: string; email: string }): Promise<boolean> {
    return (await User.exists({ _id: FIRST, username, email })) !== null;
  },

  /**
   * Creates the first account in one write, with a confirmed email and the superadmin role. Returns null if another
   * request was faster, and "username-taken" if a registration has the name. The entry's follow-up claims the
   * superadmin's seat.
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
