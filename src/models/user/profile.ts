import { Schema, type Types } from "mongoose";
import type { Outcome, Taken } from "../../definitions/outcomes.js";
import { type Profile, profileFieldNames } from "../../definitions/profile-fields.js";
import { appendEntry, type OutboxEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { type Addressed, buildEmailChange } from "./email/email.js";
import { isDate } from "./register/unused.js";
import { unlessLastSuperadmin } from "./roles.js";
import { buildSearchStages } from "./search/terms.js";
import { toTaken } from "./taken.js";

/** Profile fields other than the biography. Empty fields are not stored. */
export const storedProfile = new Schema<Profile>(
  Object.fromEntries(profileFieldNames.map((field) => [field, { type: String, default: undefined }])),
  { _id: false },
);

type Account = { _id: Types.ObjectId };
/** The values of a profile when it was read. */
export type Before = { username: string; bio?: unknown; shown?: unknown; profile?: unknown };
/** The changes of a profile: undefined keeps a field, an empty string removes it. */
export type Description = Profile & { bio?: string | undefined; shown?: string[] | undefined };

/** What an admin changes. */
type Edit = Description & { username?: string | undefined; email?: string | undefined };

const literal = (value: unknown) => ({ $literal: value });

export const profileMethods = {
  /**
   * Changes the profile and its search terms in one atomic write.
   * @returns "stale" if the profile has changed since it was read (`since`)
   */
  async describe(this: Account, told: Description, since?: Before): Promise<Outcome<"done" | "stale"> | Taken> {
    const update = buildDescriptionStages(told);
    const condition = { _id: this._id, ...(since && matchBefore(since)) };
    try {
      return (await getUserCollection().updateOne(condition, update)).matchedCount === 1 ? "done" : "stale";
    } catch (error) {
      return toTaken(error);
    }
  },

  /**
   * Turns emails about comments on the user's posts on or off.
   * @param was the setting when it was read, if it must be unchanged since it was read
   * @returns false if it has changed since
   */
  async setCommentMails(this: Account, isOn: boolean, was?: boolean): Promise<boolean> {
    const before = was === undefined ? {} : { commentMailsOffAt: was ? null : isDate };
    const update = { $set: { commentMailsOffAt: isOn ? null : new Date() } };
    return (await getUserCollection().updateOne({ _id: this._id, ...before }, update)).matchedCount > 0;
  },

  /**
   * Changes the username, the profile and the email for an admin, in one atomic write; there is no minimum time between two
   * changes.
   * @param edit.email as in `buildEmailChange`
   * @param since `updatedAt` when the account was read; "stale" if the account has changed since
   */
  async edit(
    this: Account & Addressed,
    { username, email, ...told }: Edit,
    { since, entries = [] }: { since?: Date | null | undefined; entries?: OutboxEntry[] } = {},
  ): Promise<Outcome<"done" | "last-superadmin" | "stale"> | Taken> {
    const { condition, stages } = email === undefined ? nothing : buildEmailChange(this, email);
    const update = [
      ...(username ? [{ $set: { username: literal(username) } }] : []),
      ...buildDescriptionStages(told, username),
      ...stages,
      ...entries.map((entry) => ({ $set: appendEntry(entry) })),
    ];
    const which = { _id: this._id, ...condition, ...(since !== undefined && { updatedAt: since }) };
    const write = () => writeWithEntry(getUserCollection(), which, update, entries[0]);
    try {
      if (email === undefined || this.emailConfirmedAt) return (await write()) ? "done" : "stale";
      const outcome = await unlessLastSuperadmin(this, write);
      return outcome === "unchanged" ? "stale" : outcome;
    } catch (error) {
      return toTaken(error);
    }
  },
};

const nothing = { condition: {}, stages: [] };

/** Builds the stages of an update that change these fields and the search terms. */
export function buildDescriptionStages({ bio, shown, ...fields }: Description, username?: string): object[] {
  const told = profileFieldNames.filter((field) => fields[field]);
  const gone = profileFieldNames.filter((field) => fields[field] === "");
  const $set = {
    ...(bio !== undefined && { bio: literal(bio) }),
    ...(shown && { shown: literal(shown) }),
    ...Object.fromEntries(told.map((field) => [`profile.${field}`, literal(fields[field])])),
  };
  return [
    ...(Object.keys($set).length > 0 ? [{ $set }] : []),
    ...(gone.length > 0 ? [{ $unset: gone.map((field) => `profile.${field}`) }] : []),
    ...buildSearchStages({ ...namesIn(fields), ...(username && { username }) }),
  ];
}

/** Matches the profile if it is unchanged since it was read. MongoDB treats a missing field as null. */
export const matchBefore = ({ username, bio = null, shown = null, profile = null }: Before) => ({
  username,
  bio,
  shown,
  profile,
});

const namesIn = ({ firstName, lastName }: Profile) => ({
  firstName: firstName ?? undefined,
  lastName: lastName ?? undefined,
});
