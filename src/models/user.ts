import { Types, trusted } from "mongoose";
import type { Outcome } from "../definitions/outcomes.js";
import { batchReads } from "../lib/async/batch-loader.js";
import * as passwords from "../lib/passwords/hash.js";
import { findAll } from "./find-all.js";
import { countOnce, planCount } from "./outbox/count-once.js";
import { type UserDocument as Account, userModel, withHash } from "./user/model.js";
import { signUps } from "./user/register/pending.js";
import { isDate } from "./user/register/unused.js";
import { ignoringCase, isText } from "./user/schema.js";
import { countUnfilled, fillSearch } from "./user/search/terms.js";

const confirmed = trusted(isDate);

/** The author of a post, as lists need it. */
type Byline = { username: string; picture: string | null; hasPage: boolean };
type Named = { _id: Types.ObjectId; username: string; picture?: string | null; disabledAt: Date | null };

export type User = Account;
export { findFactorRecovery } from "./user/credentials/factor-recovery.js";
export { hasSecondFactor } from "./user/credentials/factors.js";
export { MOST_PASSKEYS } from "./user/credentials/passkeys.js";

/** Everyone with an account. */
export const User = Object.assign(userModel, {
  ...signUps,

  /** Finds a user by username, or returns null. The email may be unconfirmed. */
  async findByUsername(username: string): Promise<User | null> {
    return userModel.findOne({ username }, withHash).collation(ignoringCase);
  },

  /**
   * Finds the account that has a value of a unique field, or returns null. Letter case is ignored.
   * @param field "username", or a profile field with `isUnique`
   */
  async findByUnique(field: string, value: string): Promise<User | null> {
    if (field === "username") return User.findByUsername(value);
    const isValue = trusted({ $eq: value, ...isText }); // without the type, the query could not use the index
    return userModel.findOne({ [`profile.${field}`]: isValue }, withHash).collation(ignoringCase);
  },

  /** Finds the user with this confirmed email, or returns null. Also finds disabled users. */
  async findByEmail(email: string): Promise<User | null> {
    return userModel.findOne({ email, emailConfirmedAt: confirmed }, withHash);
  },

  /** Finds the user with this recovery email, or returns null. Also finds disabled users. */
  async findByRecoveryEmail(email: string): Promise<User | null> {
    return userModel.findOne({ "recoveryEmail.address": email }, withHash);
  },

  /**
   * Lists the users that a login name can mean, most likely first, for `authenticate`. Also lists disabled users. An
   * unconfirmed email identifies its account only in a browser that the account knows. Otherwise a registration with
   * another user's email would reveal whether that user has an account. In such a browser, the email also identifies
   * its confirmed owner, so that another user's registration does not hide the owner's account. The work is the same
   * whether or not there is an owner. Example: a stranger registered here as eve with ada's email. The result is [eve,
   * ada], or [eve, null] if nobody has confirmed the email.
   * @param here ids of the accounts that registered or logged in with this browser
   */
  async listByLogin(login: string, here: string[] = []): Promise<[User | null, ...(User | null)[]]> {
    if (!login.includes("@")) return [await User.findByUsername(login)];
    const among = trusted({ $in: here.map((id) => new Types.ObjectId(id)) });
    const unconfirmed = { email: login, emailConfirmedAt: null, _id: among };
    const found = await userModel.find({ $or: [{ email: login, emailConfirmedAt: confirmed }, unconfirmed] }, withHash);
    const owner = found.find(({ emailConfirmedAt }) => emailConfirmedAt) ?? null;
    const [signedUpHere] = found
      .filter(({ emailConfirmedAt }) => !emailConfirmedAt)
      .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime()); // the newest, as in `findUnconfirmed`
    if (!signedUpHere) return [owner];
    return owner && here.includes(owner.id) ? [owner, signedUpHere] : [signedUpHere, owner];
  },

  /** Finds a user by username or confirmed email, or returns null. */
  async findByLogin(login: string): Promise<User | null> {
    return (await User.listByLogin(login))[0];
  },

  /** Iterates over the accounts whose deletion is due or in progress, oldest due time first. */
  eachDue(now = new Date()): AsyncIterable<User> {
    const due = userModel.find({ "deletion.dueAt": trusted({ $lte: now, ...isDate }) }).sort({ "deletion.dueAt": 1 });
    return due.cursor({ batchSize: 100 });
  },

  /** Returns the user if the password is correct, or "disabled". Always makes exactly one bcrypt comparison. */
  async authenticate(user: User | null, password: string): Promise<User | Outcome<"disabled"> | null> {
    const stored = user?.passwordHash ?? null;
    const { ok, stale } = await passwords.verify(password, stored);
    if (!ok || !user) return null;
    if (user.disabledAt) return "disabled";
    if (stale) {
      const passwordHash = await passwords.hash(password);
      await userModel.updateOne({ _id: user._id, passwordHash: stored }, { $set: { passwordHash } });
    }
    return user;
  },

  /**
   * Returns the public fields of a user. Returns null if the user is disabled, or has neither confirmed the email nor
   * logged in.
   */
  async findPublic(username: string) {
    if (!/^[a-z0-9_-]+$/i.test(username)) return null; // the collation ignores invisible characters
    return userModel
      .findOne({ username, disabledAt: null, $or: [{ emailConfirmedAt: confirmed }, { lastLoginAt: confirmed }] })
      .collation(ignoringCase)
      .select("username bio createdAt profile shown picture")
      .lean();
  },

  /** Returns username, avatar and whether there is a profile page, or null. Concurrent calls share one read. */
  findByline: batchReads(async (ids) => {
    const among = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
    const projection = { username: 1, picture: 1, disabledAt: 1 };
    const found = await findAll<Named>(userModel.collection, among, { projection });
    const byline = ({ username, picture = null, disabledAt }: Named): Byline => ({
      username,
      picture,
      hasPage: !disabledAt,
    });
    return new Map(found.map((account) => [String(account._id), byline(account)]));
  }),

  /** Adds search terms to some accounts from before the user search. Returns the number of checked accounts. */
  fillSearch: () => fillSearch(userModel.collection),
  countUnsearchable: () => countUnfilled(userModel.collection),

  /** Returns the write of `countPosts`, which may be made in one command with another one. */
  planPostCount: (author: Types.ObjectId | string, change: 1 | -1) =>
    planCount(userModel.collection, { _id: author, field: "postCount", change, what: "post-count" }),

  countPosts: (author: Types.ObjectId | string, change: 1 | -1) =>
    countOnce(userModel.collection, { _id: author, field: "postCount", change, what: "post-count" }),
});
