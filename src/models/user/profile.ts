import { Schema, type Types } from "mongoose";
import { type Profile, profileFieldNames } from "../../definitions/profile-fields.js";
import { getUserCollection } from "./collection.js";
import { buildSearchStages } from "./search/terms.js";

/** What somebody tells about themselves beside their biography. Nothing is stored of what they do not tell. */
export const storedProfile = new Schema<Profile>(
  Object.fromEntries(profileFieldNames.map((field) => [field, { type: String, default: undefined }])),
  { _id: false },
);

type Account = { _id: Types.ObjectId };
/** A profile as it was read. */
export type Before = { username: string; bio?: unknown; shown?: unknown; profile?: unknown };
/** What is to change; what is undefined stays, what is empty goes. */
export type Description = Profile & { bio?: string | undefined; shown?: string[] | undefined };

const literal = (value: unknown) => ({ $literal: value });

export const profileMethods = {
  /**
   * Changes what the person tells about themselves, and what they are found by, in one atomic write.
   * @returns false when it is not any more as it was `since`
   */
  async describe(this: Account, told: Description, since?: Before): Promise<boolean> {
    const update = buildDescriptionStages(told);
    const condition = { _id: this._id, ...(since && matchBefore(since)) };
    return (await getUserCollection().updateOne(condition, update)).matchedCount === 1;
  },
};

/** The stages of an update that changes these things, and what the person is found by. */
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

/** To MongoDB, what is missing equals null. */
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
