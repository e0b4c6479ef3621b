/**
 * Each word is indexed by two prefixes: a long one to find few matches, and a short one of three letters to read many
 * matches in order. Example: the email `grace-hopper@navy.example` gives, among others, `hopper@navy.example` and
 * `hop`.
 */
export const LONG = 16;
export const SHORT = 3;
/** Maximum number of indexed words per field, so that a name with many hyphens does not make a document large. */
const MOST_WORDS = 8;
/** Maximum number of words in a search. */
const MOST_ASKED = 6;

/** Letters that Unicode normalization does not split into a base letter and an accent. */
const LETTERS: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const OVERLOOKED = /[\p{Mn}\p{Me}\p{Cf}'’‘ʼ`´]/gu;

/** Normalizes text for search: lower case, without accents, apostrophes and invisible characters. */
const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(OVERLOOKED, "")
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFC");

const parts = (text: string): string[] =>
  plain(text)
    .split(/[\s\p{Cc}]+/u)
    .filter(Boolean);

/** Lists the tails of a word, each beginning at one of its parts: `jean-luc` and `luc`. */
function listTails(word: string): string[] {
  const starts = [...word.matchAll(/(?<=[^\p{L}\p{N}])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return [word, ...starts.map((start) => word.slice(start))];
}

const firstWords = (words: string[]): string[] => [...new Set(words.slice(0, MOST_WORDS))];

/** Lists the search terms that match a username. */
export const listUsernameWords = (username: string): string[] => firstWords(parts(username).flatMap(listTails));

/** Lists the words under which a first or last name is found. */
export const listNameWords = (name: string): string[] => firstWords(parts(name).flatMap(listTails));

/** Lists the words under which an email is found: the whole, its domain without the last label, and its local parts. */
export function listEmailWords(email: string): string[] {
  const [local = "", domain = ""] = plain(email).split("@");
  const words = listTails(local).map((tail) => `${tail}@${domain}`);
  return firstWords([...words.slice(0, 1), ...listTails(domain).slice(0, -1), ...words.slice(1)]);
}

export const getWordPrefix = (word: string, length: number): string => [...word].slice(0, length).join("");

/**
 * Creates the indexed prefixes of these words. Leaves out a long prefix that is the beginning of another one, because a
 * search for `hopper` also finds `hopper@navy.example`. The database does the same in models/user/search/terms.ts.
 */
export function createSearchTerms(words: string[]): { long: string[]; short: string[] } {
  const cut = (length: number) => [...new Set(words.map((word) => getWordPrefix(word, length)))];
  const long = cut(LONG).filter((term) => [...term].length > SHORT);
  const isCovered = (term: string) => long.some((other) => other !== term && other.startsWith(term));
  return { long: long.filter((term) => !isCovered(term)), short: cut(SHORT) };
}

/**
 * Returns the problem with a search, or null. Too many words are refused: ignoring some would find more than was asked
 * for.
 */
export function findSearchProblem(question: string): string | null {
  const { size } = new Set(parts(question));
  if (size === 0 && question !== "") return "Search for letters or numbers.";
  return size > MOST_ASKED ? `Search for at most ${MOST_ASKED} words.` : null;
}

/** Returns the distinct words of a search, longest first. */
export function splitQuestion(question: string): string[] {
  const words = [...new Set(parts(question))].sort((one, other) => other.length - one.length);
  return words.slice(0, MOST_ASKED);
}

/** Splits a search in texts into its distinct words, as MongoDB's text index does: letters and digits only. */
export const splitIntoWords = (question: string): string[] =>
  [...new Set(question.toLowerCase().split(/[^\p{L}\p{M}\p{N}]+/u))].filter(Boolean).slice(0, 2 * MOST_ASKED);
