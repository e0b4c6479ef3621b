import { Types, trusted } from "mongoose";
import { PEOPLE_ON_A_PAGE, type Place, type Question, readPlace, writePlace } from "../lib/people-questions.js";
import type { Profile } from "../lib/profiles.js";
import type { StoredGrant } from "./grants.js";
import { countAlong, MOST_COUNTED, settings, stagesOf, type Walk, walkOf } from "./people-walks.js";
import { User } from "./user.js";

/** So many people are looked at for a page, at most, to pick out those who fit. */
const MOST_LOOKED_AT = 5_000;
/** Nearby are so many times as many people as are to be found. */
const NEARBY = 3;
/** Where those of a page are no longer counted who have to be picked out, each of them read. */
const MOST_PICKED = 100;
const EXPORT_WITHIN_MS = 60_000;
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
 * order, and where that cannot answer all of the question, by looking at no more than five thousand. `older` and `newer`
 * are the places of the pages beside it; `cut` says that there may be more who fit further on than the page could look for,
 * and `sort` which order it is in, after all.
 * @param asked the place of the page, as an address says it
 * @param size so many are on it @param fields what is read of each
 */
export async function listPeople(question: Question, asked = "", { size = PEOPLE_ON_A_PAGE, fields = shown } = {}) {
  const walk = await walkOf(question);
  const place = readPlace(asked, walk.sort, size);
  const skipped = place.at === "page" ? (place.number - 1) * size : 0;
  const [found, total] = await Promise.all([
    firstOf(walk, place, { skipped, most: size + 1, fields }),
    count(walk, walk.picking.length > 0 ? MOST_PICKED : MOST_COUNTED),
  ]);
  const page = found.slice(0, size);
  const isFull = found.length > size;
  const edge = isFull ? null : await edgeOf(walk, place);
  const pages = beside(walk, place, { page, further: isFull ? page.at(-1) : edge });
  return { ...pages, total, sort: walk.sort, cut: edge !== null };
}

/** The people with these ids, a page of them at most, in this order. */
export async function findPeople(ids: string[]): Promise<User[]> {
  const among = { _id: trusted({ $in: ids.slice(0, PEOPLE_ON_A_PAGE).map((id) => new Types.ObjectId(id)) }) };
  const found = await User.find(among).limit(PEOPLE_ON_A_PAGE);
  return found.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
}

/** Everybody who fits a question, in its order, one by one. */
export async function everyPerson(question: Question): Promise<AsyncIterable<Listed> & { close(): Promise<void> }> {
  const walk = await walkOf(question);
  const stages = [...stagesOf(walk, FIRST), { $project: shown }];
  const options = { ...settings(walk), maxTimeMS: EXPORT_WITHIN_MS, batchSize: 500 };
  return User.collection.aggregate<Listed>(stages, options);
}

type Wanted = { skipped: number; most: number; fields: Record<string, number> };

/**
 * The first people of a walk. Whom it picks out are looked for nearby first: mostly there are enough of them, and MongoDB reads
 * all that it may look at in large batches.
 */
async function firstOf(walk: Walk, place: Place, { skipped, most, fields }: Wanted): Promise<Listed[]> {
  const some = [...(skipped > 0 ? [{ $skip: skipped }] : []), { $limit: most }, { $project: fields }];
  const within = (near: number) =>
    User.collection.aggregate<Listed>([...stagesOf(walk, place, near), ...some], settings(walk)).toArray();
  const near = NEARBY * (skipped + most);
  if (walk.gathered || walk.picking.length === 0 || near >= MOST_LOOKED_AT) return within(MOST_LOOKED_AT);
  const found = await within(near);
  return found.length === most ? found : within(MOST_LOOKED_AT);
}

/** The last of those who were looked at, when there may be more behind. */
async function edgeOf(walk: Walk, place: Place): Promise<Listed | null> {
  if (walk.gathered || walk.picking.length === 0) return null;
  const last = [{ $skip: MOST_LOOKED_AT - 1 }, { $limit: 1 }, { $project: { [walk.order.field]: 1 } }];
  const stages = [...stagesOf({ ...walk, picking: [] }, place), ...last];
  const [edge] = await User.collection.aggregate<Listed>(stages, settings(walk)).toArray();
  return edge ?? null;
}

/** How many people fit a question. */
export const countPeople = async (question: Question): Promise<Total> => count(await walkOf(question));

async function count(walk: Walk, most = MOST_COUNTED): Promise<Total> {
  if (walk.along.length + walk.picking.length === 0) {
    return { number: await User.collection.estimatedDocumentCount({ maxTimeMS: 5_000 }), orMore: false };
  }
  if (walk.picking.length === 0) return total(await countAlong(walk), { most, isCut: false });
  const number = (await firstOf(walk, FIRST, { skipped: 0, most: most + 1, fields: { _id: 1 } })).length;
  const isCut = number <= most && !walk.gathered && (await countAlong(walk, MOST_LOOKED_AT)) === MOST_LOOKED_AT;
  return total(number, { most, isCut });
}

const total = (number: number, { most, isCut }: { most: number; isCut: boolean }): Total =>
  number > most ? { number: most, orMore: true } : { number, orMore: isCut };

type Found = { page: Listed[]; further: Listed | null | undefined };

/** A page's people in the list's order, and the places of the pages before and after it; "" is the first page. */
function beside({ order: { field } }: Walk, place: Place, { page, further }: Found) {
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
