import type { Question, Seen, State } from "../lib/people-questions.js";
import { lookUp } from "../lib/search-words.js";

import type { PathName } from "./people-indexes.js";
import { isDate } from "./untouched.js";

/** Something that people in a list must fit, and the path that leads past those who do, if there is one. */
export type Condition = { fits: object; path?: PathName; isAboutSeen?: true };

const DAYS = 86_400_000;
const MONTH_MS = 30 * DAYS;
const within: Partial<Record<Seen, number>> = { day: DAYS, week: 7 * DAYS, month: MONTH_MS };

const ofState: Record<State, Condition> = {
  active: { fits: { disabledAt: null, emailConfirmedAt: isDate, deletion: null } },
  disabled: { fits: { disabledAt: isDate }, path: "disabled" },
  deleting: { fits: { "deletion.dueAt": isDate }, path: "deleting" },
  unconfirmed: { fits: { emailConfirmedAt: null }, path: "unconfirmed" },
};

/** What a question asks of everyone in its list. */
export function conditionsOf({ words, role, state, seen }: Question, now = Date.now()): Condition[] {
  return [
    ...words.flatMap(ofWord),
    ...(role ? [ofRole(role)] : []),
    ...(state ? [ofState[state]] : []),
    ...(seen ? [ofSeen(seen, now)] : []),
  ];
}

/** Whoever is found by a word; one that is longer than what the index has of it is compared with the whole words too. */
function ofWord(word: string): Condition[] {
  const { beginning, longer } = lookUp(word);
  const begins = { $elemMatch: { $gte: word, $lt: `${word}\uffff` } };
  return [{ fits: { "search.all": beginning }, path: "word" }, ...(longer ? [{ fits: { "search.all": begins } }] : [])];
}

const ofRole = (role: string): Condition =>
  role === "none" ? { fits: { "roles.0": { $exists: false } } } : { fits: { "roles.role": role }, path: "role" };

function ofSeen(seen: Seen, now: number): Condition {
  if (seen === "never") return { fits: { lastLoginAt: null }, path: "never", isAboutSeen: true };
  const span = within[seen];
  const lastLoginAt = span ? { $gte: new Date(now - span) } : { $lt: new Date(now - MONTH_MS) };
  return { fits: { lastLoginAt }, isAboutSeen: true };
}
