import { Types, trusted } from "mongoose";
import type { Profile } from "../../../definitions/profile-fields.js";
import {
  PEOPLE_ON_A_PAGE,
  type Place,
  type Question,
  readPlace,
  writePlace,
} from "../../../definitions/user-filters.js";
import { User } from "../../user.js";
import type { StoredGrant } from "../roles.js";
import { MOST_SORTED, optionsOf, type Plan, planFor, stagesOf } from "./plan.js";

/** How many users are read for a page, at most, to check which of them fit. */
const MOST_CHECKED = 5_000;
/** At first this many times as many users are read as are to be found. */
const FIRST_TIMES = 3;
/** Those who have to be checked are counted only so far. */
const MOST_COUNTED_BY_CHECK = 100;
const EXPORT_WITHIN_MS = 60_000;
/** More than there are. The limit keeps MongoDB from choosing an index for the checks, too, whose order is another. */
const EVERYONE = 2 ** 31;
const FIRST = { at: "page", number: 1 } as const;

/** A person as the list shows them. */
export type Listed = {
  _id: Types.ObjectId;
  username: string;
  email: string;
  picture?: string | null;
  profile?: Profile | null;
  roles?: StoredGrant[];
  disabledAt?: Date | null;
  emailConfirmedAt?: Date | null;
  deletion?: { dueAt?: Date | null } | null;
  lastLoginAt?: Date | null;
  createdAt: Date;
};
const shown: Record<string, 1> = {
  username: 1,
  email: 1,
  picture: 1,
  "profile.firstName": 1,
  "profile.lastName": 1,
  roles: 1,
  disabledAt: 1,
  emailConfirmedAt: 1,
  "deletion.dueAt": 1,
  lastLoginAt: 1,
  createdAt: 1,
};

/** How many fit; `orMore` when counting ended there. */
export type Total = { number: number; orMore: boolean };

/**
 * One page of the people who fit a question. It costs the same however many people there are: by an index in the list's
 * order, and where that cannot answer all of the question, by reading no more than five thousand. `older` and `newer`
 * are the places of the pages beside it; `cut` says that there may be more who fit further on than the page could look for,
 * and `sort` which order it is in, after all.
 * @param asked the place of the page, as an address says it
 * @param size so many are on it @param fields what is read of each
 */
export async function listPeople(question: Question, asked = "", { size = PEOPLE_ON_A_PAGE, fields = shown } = {}) {
  const plan = await planFor(question);
  const place = readPlace(asked, plan.sort, size);
  const skipped = place.at === "page" ? (place.number - 1) * size : 0;
  const [found, total] = await Promise.all([firstOf(plan, place, { skipped, most: size + 1, fields }), count(plan)]);
  const page = found.slice(0, size);
  const isFull = found.length > size;
  const last = isFull ? null : await lastChecked(plan, place);
  const pages = beside(plan, place, { page, further: isFull ? page.at(-1) : last });
  return { ...pages, total, sort: plan.sort, cut: last !== null };
}

/** The people with these ids, a page of them at most, in this order. */
export async function findPeople(ids: string[]): Promise<User[]> {
  const among = { _id: trusted({ $in: ids.slice(0, PEOPLE_ON_A_PAGE).map((id) => new Types.ObjectId(id)) }) };
  const found = await User.find(among).limit(PEOPLE_ON_A_PAGE);
  return found.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
}

/** Everybody who fits a question, in its order, one by one. */
export async function everyPerson(question: Question): Promise<AsyncIterable<Listed> & { close(): Promise<void> }> {
  const plan = await planFor(question);
  const stages = [...stagesOf(plan, FIRST, EVERYONE), { $project: shown }];
  const options = { ...optionsOf(plan), maxTimeMS: EXPORT_WITHIN_MS, batchSize: 500 };
  return User.collection.aggregate<Listed>(stages, options);
}

const read = (plan: Plan, stages: object[]) => User.collection.aggregate<Listed>(stages, optionsOf(plan)).toArray();
/** Whether users are read only to see whether they fit, and there may be many of them. */
const isChecking = ({ isSmall, checks }: Plan) => !isSmall && checks.length > 0;

type Wanted = { skipped: number; most: number; fields: Record<string, number> };

/** The first people of a plan. Mostly there are enough among the next few, and MongoDB reads all that it may in large batches. */
async function firstOf(plan: Plan, place: Place, { skipped, most, fields }: Wanted): Promise<Listed[]> {
  const some = [...(skipped > 0 ? [{ $skip: skipped }] : []), { $limit: most }, { $project: fields }];
  const among = (number: number) => read(plan, [...stagesOf(plan, place, number), ...some]);
  const few = FIRST_TIMES * (skipped + most);
  if (!isChecking(plan) || few >= MOST_CHECKED) return among(MOST_CHECKED);
  const found = await among(few);
  return found.length === most ? found : among(MOST_CHECKED);
}

/** The last of those who were checked, when there may be more behind. */
async function lastChecked(plan: Plan, place: Place): Promise<Listed | null> {
  if (!isChecking(plan)) return null;
  const last = [{ $skip: MOST_CHECKED - 1 }, { $limit: 1 }, { $project: { [plan.order.field]: 1 } }];
  const [user] = await read(plan, [...stagesOf({ ...plan, checks: [] }, place), ...last]);
  return user ?? null;
}

/** How many people fit a question. */
export const countPeople = async (question: Question): Promise<Total> => count(await planFor(question));

async function count(plan: Plan): Promise<Total> {
  const { known, isSmall, found, checks } = plan;
  if (known !== null) return upTo(MOST_SORTED, known);
  if (found.length + checks.length === 0)
    return { number: await User.collection.estimatedDocumentCount({ maxTimeMS: 5_000 }), orMore: false };
  const most = isSmall ? MOST_SORTED : MOST_COUNTED_BY_CHECK;
  const number = (await firstOf(plan, FIRST, { skipped: 0, most: most + 1, fields: { _id: 1 } })).length;
  const mayBeMore = number <= most && (await lastChecked(plan, FIRST)) !== null;
  return mayBeMore ? { number, orMore: true } : upTo(most, number);
}

const upTo = (most: number, number: number): Total =>
  number > most ? { number: most, orMore: true } : { number, orMore: false };

type Found = { page: Listed[]; further: Listed | null | undefined };

/** A page's people in the list's order, and the places of the pages before and after it; "" is the first page. */
function beside({ order: { field } }: Plan, place: Place, { page, further }: Found) {
  const placeOf = (at: "after" | "before", person: Listed | null | undefined) =>
    person ? writePlace(at, person[field] ?? null, String(person._id)) : null;
  if (place.at === "before" || place.at === "end") {
    const people = page.toReversed();
    const older = place.at === "end" ? null : (placeOf("after", people.at(-1)) ?? "");
    return { people, newer: placeOf("before", further), older, isFirst: false };
  }
  const isFirst = place.at === "page" && place.number === 1;
  const newer = isFirst ? null : (placeOf("before", page[0]) ?? "");
  return { people: page, newer, older: placeOf("after", further), isFirst };
}
