import { model, Schema, Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { batched } from "../lib/batch.js";
import * as passwords from "../lib/passwords.js";

/** Usernames compare without regard to case (they are ASCII); e-mail addresses are stored in canonical form. */
const ignoringCase = { locale: "en", strength: 2 } as const;

const BOUNDED = { maxTimeMS: 5_000 };
const withHash = "+passwordHash";

const schema = new Schema(
  {
    username: { type: String, required: true },
    email: { type: String, required: true },
    passwordHash: { type: String, select: false },
    bio: { type: String, default: "" },
    disabledAt: { type: Date, default: null },
    lastLoginAt: { type: Date, default: null },
    /** Kept beside the posts, to choose how to read them; after a crash it may be off by one. */
    postCount: { type: Number, default: 0 },
    /** Sessions carry the epoch they began in; raising it ends them all (docs/decisions/0003-session-epoch.md). */
    sessionEpoch: { type: Number, default: 0 },
  },
  {
    timestamps: true,
    methods: {
      /** Whether this is the person's password. */
      async isPasswordCorrect(password: string): Promise<boolean> {
        const found = await accounts.findById(this._id).select("passwordHash").lean();
        return (await passwords.verify(password, found?.passwordHash ?? null)).ok;
      },
      /** Sets a new password and ends every session. */
      async setPassword(password: string): Promise<void> {
        const passwordHash = await passwords.hash(password);
        await accounts.updateOne({ _id: this._id }, { $set: { passwordHash }, $inc: { sessionEpoch: 1 } });
      },
      /** Locks the person out, at once and everywhere. */
      async disable(): Promise<void> {
        const update = { $set: { disabledAt: new Date() }, $inc: { sessionEpoch: 1 } };
        await accounts.updateOne({ _id: this._id, disabledAt: null }, update);
      },
      /** Lets a disabled person in again, with new sessions only. */
      async enable(): Promise<void> {
        await accounts.updateOne({ _id: this._id }, { $set: { disabledAt: null } });
      },
      /** Notes a sign-in and answers when the one before it was. */
      async noteSignIn(): Promise<Date | null> {
        const before = await accounts
          .findOneAndUpdate({ _id: this._id }, { $set: { lastLoginAt: new Date() } }, { returnDocument: "before" })
          .select("lastLoginAt")
          .lean();
        return before?.lastLoginAt ?? null;
      },
      /** Replaces what the person tells about themselves. */
      async describe(profile: { bio: string }): Promise<void> {
        await accounts.updateOne({ _id: this._id }, { $set: { bio: profile.bio } });
      },
    },
  },
);

schema.index({ username: 1 }, { unique: true, collation: ignoringCase });
schema.index({ email: 1 }, { unique: true });

const accounts = model("User", schema);

export type User = InstanceType<typeof accounts>;

export type Registered = { ok: true; user: User } | { ok: false; taken: "username" | "email" };

/** The people who have an account. */
export const User = Object.assign(accounts, {
  /** Opens an account, or says what is taken. Two at once for one name have one winner: the unique index judges. */
  async register(registration: { username: string; email: string; password: string }): Promise<Registered> {
    const { password, ...identity } = registration;
    try {
      const user = await accounts.create({ ...identity, passwordHash: await passwords.hash(password) });
      return { ok: true, user };
    } catch (error) {
      if (isDuplicate(error, "username")) return { ok: false, taken: "username" };
      if (isDuplicate(error, "email")) return { ok: false, taken: "email" };
      throw error;
    }
  },

  /** Who logs in under this name or address, for `authenticate`; disabled people too. */
  async findByLogin(login: string): Promise<User | null> {
    if (login.includes("@")) return accounts.findOne({ email: login }, withHash);
    return accounts.findOne({ username: login }, withHash).collation(ignoringCase);
  },

  /** The person if the password is theirs and they are not disabled. Always exactly one bcrypt comparison. */
  async authenticate(user: User | null, password: string): Promise<User | null> {
    const mayEnter = user !== null && user.disabledAt === null;
    const stored = mayEnter ? (user.passwordHash ?? null) : null;
    const { ok, stale } = await passwords.verify(password, stored);
    if (!ok || !user) return null;
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
      .select("username bio createdAt")
      .lean();
  },

  /** The name behind an id, or null; one read for all who ask in the same turn. */
  nameOf: batched(async (ids) => {
    const named = { projection: { username: 1 }, ...BOUNDED };
    const found = await accounts.collection
      .find({ _id: { $in: ids.map((id) => new Types.ObjectId(id)) } }, named)
      .toArray();
    return new Map(found.map((user) => [String(user._id), user.username as string]));
  }),

  /** Notes that a person has more or fewer posts. */
  async countPosts(id: Types.ObjectId | string, change: 1 | -1): Promise<void> {
    await accounts.updateOne({ _id: id }, { $inc: { postCount: change } });
  },
});
