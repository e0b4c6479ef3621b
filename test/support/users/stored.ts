import { Types } from "mongoose";
import { buildSearchEntries } from "../../../src/models/user/search/terms.js";
import { User } from "../../../src/models/user.js";

type Fields = Record<string, unknown> & { username: string; profile?: { firstName?: string; lastName?: string } };

/** Returns an account as it is stored, with search terms; by default it is confirmed and just registered. */
function stored(fields: Fields) {
  const email = (fields.email as string | undefined) ?? `${fields.username}@example.org`;
  const now = new Date();
  const usual = {
    passwordHash: "unknown",
    emailConfirmedAt: now,
    disabledAt: null,
    deletion: null,
    lastLoginAt: null,
    roles: [],
    createdAt: now,
  };
  const search = buildSearchEntries({ username: fields.username, email, profile: fields.profile ?? null });
  return { _id: new Types.ObjectId(), sessionEpoch: 0, postCount: 0, ...usual, email, search, ...fields };
}

/** Inserts many accounts at once, directly. */
export async function crowd(people: Fields[]): Promise<void> {
  for (let from = 0; from < people.length; from += 1_000) {
    await User.collection.insertMany(people.slice(from, from + 1_000).map(stored) as never);
  }
}
