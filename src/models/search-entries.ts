import { type Collection, Schema, type Types } from "mongoose";
import type { Profile } from "../lib/profiles.js";
import { emailEntries, nameEntries, usernameEntries } from "../lib/search-words.js";

/** What somebody is found by in the list of people, by where it comes from, and all of it together, which has the index. */
export const searchEntries = new Schema(
  { username: [String], email: [String], firstName: [String], lastName: [String], all: [String] },
  { _id: false },
);

const makers = { username: usernameEntries, email: emailEntries, firstName: nameEntries, lastName: nameEntries };
type Source = keyof typeof makers;
/** What becomes of what an account is found by; what is not named stays. */
type Change = { [source in Source]?: string | undefined };
export type Named = { username: string; email: string; profile?: Profile | null };

function entriesOf(change: Change): Record<string, string[]> {
  const named = Object.entries(change).filter(([, text]) => text !== undefined) as [Source, string][];
  return Object.fromEntries(named.map(([source, text]) => [source, makers[source](text)]));
}

/** Everything that an account is found by. */
export function searchOf({ username, email, profile }: Named) {
  const names = { firstName: profile?.firstName ?? "", lastName: profile?.lastName ?? "" };
  const entries = entriesOf({ username, email, ...names });
  return { ...entries, all: [...new Set(Object.values(entries).flat())] };
}

const together = { $setUnion: Object.keys(makers).map((source) => ({ $ifNull: [`$search.${source}`, []] })) };

/**
 * The stages that end the update which changes a username, an address or a name, so that both change in one atomic write.
 * An account that has no entries yet, being older than they are, gets none here: `fillSearch` makes all of them.
 */
export function searchStages(change: Change): object[] {
  const search = { $mergeObjects: ["$search", { $literal: entriesOf(change) }] };
  const all = { $mergeObjects: ["$search", { all: together }] };
  return [{ $set: { search } }, { $set: { search: { $cond: [{ $isArray: "$search.all" }, all, "$$REMOVE"] } } }];
}

const BATCH = 500;
const MOST_BATCHES = 20;
type Unfilled = Named & { _id: Types.ObjectId };

/**
 * Makes the entries of accounts that have none, at most ten thousand of them. One that is changed meanwhile is left for the
 * next time. Answers how many were looked at.
 */
export async function fillSearch(users: Collection): Promise<number> {
  let seen = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const projection = { username: 1, email: 1, "profile.firstName": 1, "profile.lastName": 1 };
    const found = await users.find<Unfilled>({ search: null }, { projection, maxTimeMS: 5_000 }).limit(BATCH).toArray();
    if (found.length > 0) await users.bulkWrite(found.map(filled), { ordered: false });
    seen += found.length;
    if (found.length < BATCH) break;
  }
  return seen;
}

function filled(user: Unfilled) {
  const { _id, username, email, profile } = user;
  const names = { "profile.firstName": profile?.firstName ?? null, "profile.lastName": profile?.lastName ?? null };
  const filter = { _id, search: null, username, email, ...names };
  return { updateOne: { filter, update: { $set: { search: searchOf(user) } } } };
}
