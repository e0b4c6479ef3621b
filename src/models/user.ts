import { model, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { batched } from "../lib/batch.js";
import * as passwords from "../lib/passwords.js";
import { indexPeople } from "./people-indexes.js";
import { fillSearch, searchOf } from "./search-entries.js";
import { ignoringCase, isDate, userSchema } from "./user-schema.js";

const BOUNDED = { maxTimeMS: 5_000 };
const withHash = "+passwordHash";
const confirmed = trusted(isDate);

indexPeople(userSchema);
const accounts = model("User", userSchema);

/** Whom a post is by, as lists show it. */
export type Byline = { username: string; picture: string | null };

export type User = InstanceType<typeof accounts>;

/** The people who have an account. */
export const User = Object.assign(accounts, {
  /**
   * Opens an account with an unconfirmed address, or answers null when the username is taken. Two at once for one name
   * have one winner: the unique index judges.
   */
  async register(registration: { username: string; email: string; password: string }): Promise<User | null> {
    const { password, ...identity } = registration;
    try {
      const search = searchOf(identity);
      return await accounts.create({ ...identity, search, passwordHash: await passwords.hash(password) });
    } catch (error) {
      if (isDuplicate(error, "username")) return null;
      throw error;
    }
  },

  /** Whose confirmed address this is, or null; disabled people too. */
  async findByEmail(email: string): Promise<User | null> {
    return accounts.findOne({ email, emailConfirmedAt: confirmed }, withHash);
  },

  /** The newest sign-up that named this address and has not confirmed it, or null. @param among these ids only */
  async findUnconfirmed(email: string, among?: string[]): Promise<User | null> {
    const ids = among?.map((id) => new Types.ObjectId(id));
    const some = ids ? { _id: trusted({ $in: ids }) } : {};
    return accounts.findOne({ email, emailConfirmedAt: null, ...some }, withHash).sort({ createdAt: -1 });
  },

  /**
   * Who logs in under this name or address, for `authenticate`; disabled people too. Before it is confirmed an address
   * leads only from a browser that the account knows: else a sign-up with somebody's address would tell whether they
   * have an account.
   * @param here the ids of the accounts that this browser has signed in to
   */
  async findByLogin(login: string, here: string[] = []): Promise<User | null> {
    if (!login.includes("@")) return accounts.findOne({ username: login }, withHash).collation(ignoringCase);
    const [owner, signedUpHere] = await Promise.all([User.findByEmail(login), User.findUnconfirmed(login, here)]);
    return signedUpHere && !(owner && here.includes(owner.id)) ? signedUpHere : owner;
  },

  /** Some of the sign-ups that named an address and have not confirmed it, oldest first. */
  async listUnconfirmed(email: string): Promise<User[]> {
    return accounts.find({ email, emailConfirmedAt: null }).sort({ createdAt: 1 }).limit(100);
  },

  /** The accounts that are to be deleted by now, or are being deleted, one by one, those that wait longest first. */
  eachDue(now = new Date()): AsyncIterable<User> {
    const due = accounts.find({ "deletion.dueAt": trusted({ $lte: now, ...isDate }) }).sort({ "deletion.dueAt": 1 });
    return due.cursor({ batchSize: 100 });
  },

  /** The person if the password is theirs, or that they are disabled. Always exactly one bcrypt comparison. */
  async authenticate(user: User | null, password: string): Promise<User | "disabled" | null> {
    const stored = user?.passwordHash ?? null;
    const { ok, stale } = await passwords.verify(password, stored);
    if (!ok || !user) return null;
    if (user.disabledAt) return "disabled";
    if (stale) {
      const passwordHash = await passwords.hash(password);
      await accounts.updateOne({ _id: user._id, passwordHash: stored }, { $set: { passwordHash } });
    }
    return user;
  },

  /** What everyone may see of a person, or null; disabled people are not shown. */
  async findPublic(username: string) {
    if (!/^[a-z0-9_-]+$/i.test(username)) return null; // the collation would overlook invisible characters
    return accounts
      .findOne({ username, disabledAt: null })
      .collation(ignoringCase)
      .select("username bio createdAt profile shown picture")
      .lean();
  },

  /** The name and the picture behind an id, or null; one read for all who ask in the same turn. */
  bylineOf: batched(async (ids) => {
    const named = { projection: { username: 1, picture: 1 }, ...BOUNDED };
    const found = await accounts.collection
      .find({ _id: { $in: ids.map((id) => new Types.ObjectId(id)) } }, named)
      .toArray();
    return new Map(found.map(({ _id, username, picture = null }) => [String(_id), { username, picture } as Byline]));
  }),

  /** Makes some older accounts findable in the list of people. Answers how many it looked at. */
  fillSearch: () => fillSearch(accounts.collection),

  /** Notes that a person has more or fewer posts. */
  async countPosts(id: Types.ObjectId | string, change: 1 | -1): Promise<void> {
    await accounts.updateOne({ _id: id }, { $inc: { postCount: change } });
  },
});
