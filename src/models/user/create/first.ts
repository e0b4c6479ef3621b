import { Types } from "mongoose";
import { User } from "../../user.js";
import { isDate } from "../register/unused.js";

/** The id of the first account. The unique index on ids allows only one of several concurrent requests to create it. */
export const FIRST_ID = new Types.ObjectId("000000000000000000000001");

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
    return (await User.exists({ _id: FIRST_ID, username, email })) !== null;
  },
};
