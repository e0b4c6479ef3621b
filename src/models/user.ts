import { Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Outcome } from "../definitions/outcomes.js";
import { batchReads } from "../lib/async/batch-loader.js";
import * as passwords from "../lib/passwords/hash.js";
import { insertOnce, type OutboxEntry, withEntry } from "./outbox.js";
import { type UserDocument as Account, userModel, withHash } from "./user/model.js";
import { countPosts } from "./user/post-count.js";
import { signUps } from "./user/register/pending.js";
import { isDate } from "./user/register/unused.js";
import { ignoringCase } from "./user/schema.js";
import { buildSearchEntries, fillSearch } from "./user/search/terms.js";

const BOUNDED = { maxTimeMS: 5_000 };
const confirmed = trusted(isDate);

/** Whom a post is by, as lists show it. */
type Byline = { username: string; picture: string | null; hasPage: boolean };

export type User = Account;

/** The people who have an account. */
export const User = Object.assign(userModel, {
  ...signUps,

  /**
   * Stores a sign-up, whose address is not confirmed, or answers null when the username is taken. Two at once for one name
   * have one winner: the unique index judges.
   * @param more.signedUpBy the program, where no browser signed up
   */
  async register(
    { password, ...identity }: { username: string; email: string; password: string },
    { entry, ...more }: { entry?: OutboxEntry; signedUpBy?: string } = {},
  ): Promise<User | null> {
    const passwordHash = await passwords.hash(password);
    const _id = new Types.ObjectId();
    const signUp = {
      _id,
      ...identity,
      ...more,
      ...withEntry(entry),
      search: buildSearchEntries(identity),
      passwordHash,
    };
    try {
      return (await insertOnce(userModel, signUp)).document as unknown as User;
    } catch (error) {
      if (isDuplicate(error)) return null; // another one's name
      throw error;
    }
  },

  /** Who has a username, confirmed or not, or null. */
  async findByUsername(username: string): Promise<User | null> {
    return userModel.findOne({ username }, withHash).collation(ignoringCase);
  },

  /** Whose confirmed address this is, or null; disabled people too. */
  async findByEmail(email: string): Promise<User | null> {
    return userModel.findOne({ email, emailConfirmedAt: confirmed }, withHash);
  },

  /**
   * Who may be meant by a name or address at a login, for `authenticate`, those to try first before the others; disabled people
   * too. Before it is confirmed an address leads only from a browser that the account knows: else a sign-up with somebody's
   * address would tell whether they have an account. From such a browser it leads to the owner of the address too, so
   * that a stranger's sign-up does not hide their account; whether there is an owner makes no difference to the work.
   * Example: a stranger signed up here as eve with ada's address: [eve, ada]; if nobody had confirmed it: [eve, null].
   * @param here the ids of the accounts that this browser has signed in or up to
   */
  async listByLogin(login: string, here: string[] = []): Promise<[User | null, ...(User | null)[]]> {
    if (!login.includes("@")) return [await User.findByUsername(login)];
    const [owner, signedUpHere] = await Promise.all([User.findByEmail(login), User.findUnconfirmed(login, here)]);
    if (!signedUpHere) return [owner];
    return owner && here.includes(owner.id) ? [owner, signedUpHere] : [signedUpHere, owner];
  },

  /** The account of this name or confirmed address, or null. */
  async findByLogin(login: string): Promise<User | null> {
    return (await User.listByLogin(login))[0];
  },

  /** The accounts whose deletion is due, or under way, one by one, those that wait longest first. */
  eachDue(now = new Date()): AsyncIterable<User> {
    const due = userModel.find({ "deletion.dueAt": trusted({ $lte: now, ...isDate }) }).sort({ "deletion.dueAt": 1 });
    return due.cursor({ batchSize: 100 });
  },

  /** The person if the password is theirs, or that they are disabled. Always exactly one bcrypt comparison. */
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

  /** What everyone may see of a person, or null; disabled people are not shown, nor sign-ups that nobody confirmed or used. */
  async findPublic(username: string) {
    if (!/^[a-z0-9_-]+$/i.test(username)) return null; // the collation would overlook invisible characters
    return userModel
      .findOne({ username, disabledAt: null, $or: [{ emailConfirmedAt: confirmed }, { lastLoginAt: confirmed }] })
      .collation(ignoringCase)
      .select("username bio createdAt profile shown picture")
      .lean();
  },

  /** The name and the picture behind an id, and whether they have a page, or null; one read for all who ask in the same turn. */
  findByline: batchReads(async (ids) => {
    const named = { projection: { username: 1, picture: 1, disabledAt: 1 }, ...BOUNDED };
    const found = await userModel.collection
      .find({ _id: { $in: ids.map((id) => new Types.ObjectId(id)) } }, named)
      .toArray();
    const byline = ({ username, picture = null, disabledAt }: (typeof found)[number]): Byline =>
      ({ username, picture, hasPage: !disabledAt }) as Byline;
    return new Map(found.map((account) => [String(account._id), byline(account)]));
  }),

  /** Makes some older accounts findable in the list of people. Answers how many it looked at. */
  fillSearch: () => fillSearch(userModel.collection),

  countPosts: (author: Types.ObjectId | string, change: 1 | -1) => countPosts(userModel.collection, author, change),
});
