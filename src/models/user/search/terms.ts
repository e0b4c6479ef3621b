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

/** Search terms of an account by source, and the prefixes that are indexed (lib/text/search-terms.ts). */
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
/** New texts by source. Sources that are missing here stay unchanged. */
type Change = { [source in Source]?: string | undefined };
export type SearchSource = { username: string; email: string; profile?: Profile | null };

function listWords(change: Change): Record<string, string[]> {
  const named = Object.entries(change).filter(([, text]) => text !== undefined) as [Source, string][];
  return Object.fromEntries(named.map(([source, text]) => [source, makers[source](text)]));
}

/** Returns all search terms of an account. */
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
/** Does the same as `createSearchTerms`, but in the database and for all words of an account. */
const allWords = { $setUnion: sources.map((source) => ({ $ifNull: [`$search.${source}`, []] })) };
const terms = { $let: { vars: { words: allWords }, in: { long: uncovered, short: cut(SHORT) } } };

/**
 * Builds the last stages of an update that changes a username, email or name. The search terms then change in the same
 * write. An older account without terms gets none here, because `fillSearch` creates all of them.
 */
export function buildSearchStages(change: Change): object[] {
  const search = { $mergeObjects: ["$search", { $literal: listWords(change) }] };
  const all = { $mergeObjects: ["$search", terms] };
  return [{ $set: { search } }, { $set: { search: { $cond: [{ $isArray: "$search.short" }, all, "$$REMOVE"] } } }];
}

const BATCH = 500;
type Unfilled = SearchSource & { _id: Types.ObjectId };

/** Matches accounts from an earlier version, which have no terms. The index contains them under null. */
const unfilled = { "search.short": null };

/**
 * Adds search terms to some accounts without them. If an account changes in the meantime, the next run handles it.
 * Returns the number of accounts that were read.
 */
export async function fillSearch(users: Collection): Promise<number> {
  const projection = { username: 1, email: 1, "profile.firstName": 1, "profile.lastName": 1 };
  const options = { projection, hint: "people-short", limit: BATCH, maxTimeMS: 5_000 };
  const found = await users.find<Unfilled>(unfilled, options).toArray();
  if (found.length > 0) await users.bulkWrite(found.map(filled), { ordered: false });
  return found.length;
}

/** Counts the accounts without search terms. */
export const countUnfilled = (users: Collection): Promise<number> =>
  users.countDocuments(unfilled, { hint: "people-short", maxTimeMS: 5_000 });

function filled(user: Unfilled) {
  const { _id, username, email, profile } = user;
  const names = { "profile.firstName": profile?.firstName ?? null, "profile.lastName": profile?.lastName ?? null };
  const filter = { _id, ...unfilled, username, email, ...names };
  return { updateOne: { filter, update: { $set: { search: buildSearchEntries(user) } } } };
}
