import { type Collection, Schema, type Types } from "mongoose";
import type { Profile } from "../../../definitions/profile-fields.js";
import {
  createSearchTerms,
  LONG,
  listEmailWords,
  listNameWords,
  listUsernameWords,
  SHORT,
} from "../../../lib/text/search-terms.js";

/** The words that an account is found by, by where they come from, and what the indexes have of them (lib/text/search-terms.ts). */
export const searchEntries = new Schema(
  {
    username: [String],
    email: [String],
    firstName: [String],
    lastName: [String],
    long: [String],
    short: [String],
  },
  { _id: false },
);

const makers = {
  username: listUsernameWords,
  email: listEmailWords,
  firstName: listNameWords,
  lastName: listNameWords,
};
export const sources = Object.keys(makers);
type Source = keyof typeof makers;
/** What becomes of what an account is found by; what is not named stays. */
type Change = { [source in Source]?: string | undefined };
export type SearchSource = { username: string; email: string; profile?: Profile | null };

function listWords(change: Change): Record<string, string[]> {
  const named = Object.entries(change).filter(([, text]) => text !== undefined) as [Source, string][];
  return Object.fromEntries(named.map(([source, text]) => [source, makers[source](text)]));
}

/** Everything that an account is found by. */
export function buildSearchEntries({ username, email, profile }: SearchSource) {
  const names = { firstName: profile?.firstName ?? "", lastName: profile?.lastName ?? "" };
  const words = listWords({ username, email, ...names });
  return { ...words, ...createSearchTerms(Object.values(words).flat()) };
}

const cut = (length: number) => ({
  $setUnion: { $map: { input: "$$words", in: { $substrCP: ["$$this", 0, length] } } },
});
const others = { $filter: { input: "$$all", as: "other", cond: { $ne: ["$$other", "$$term"] } } };
const isCovered = {
  $anyElementTrue: { $map: { input: others, as: "other", in: { $eq: [{ $indexOfCP: ["$$other", "$$term"] }, 0] } } },
};
const isKept = { $and: [{ $gt: [{ $strLenCP: "$$term" }, SHORT] }, { $not: isCovered }] };
const uncovered = {
  $let: { vars: { all: cut(LONG) }, in: { $filter: { input: "$$all", as: "term", cond: isKept } } },
};
/** The same as `createSearchTerms`, of all words of an account. */
const allWords = { $setUnion: sources.map((source) => ({ $ifNull: [`$search.${source}`, []] })) };
const terms = { $let: { vars: { words: allWords }, in: { long: uncovered, short: cut(SHORT) } } };

/**
 * The stages that end the update which changes a username, an address or a name, so that both change in one atomic write.
 * An account without terms, being older than they are, gets none here: `fillSearch` makes all of them.
 */
export function buildSearchStages(change: Change): object[] {
  const search = { $mergeObjects: ["$search", { $literal: listWords(change) }] };
  const all = { $mergeObjects: ["$search", terms] };
  return [{ $set: { search } }, { $set: { search: { $cond: [{ $isArray: "$search.short" }, all, "$$REMOVE"] } } }];
}

const BATCH = 500;
type Unfilled = SearchSource & { _id: Types.ObjectId };

/** Accounts whose words are not in the indexes: those of an earlier version. The index of the words has them under null. */
const unfilled = { "search.short": null };

/** Makes the words of some accounts that have none in the index. One that is changed meanwhile is left for the next time. Answers how many it looked at. */
export async function fillSearch(users: Collection): Promise<number> {
  const projection = { username: 1, email: 1, "profile.firstName": 1, "profile.lastName": 1 };
  const options = { projection, hint: "people-short", limit: BATCH, maxTimeMS: 5_000 };
  const found = await users.find<Unfilled>(unfilled, options).toArray();
  if (found.length > 0) await users.bulkWrite(found.map(filled), { ordered: false });
  return found.length;
}

function filled(user: Unfilled) {
  const { _id, username, email, profile } = user;
  const names = { "profile.firstName": profile?.firstName ?? null, "profile.lastName": profile?.lastName ?? null };
  const filter = { _id, ...unfilled, username, email, ...names };
  return { updateOne: { filter, update: { $set: { search: buildSearchEntries(user) } } } };
}
