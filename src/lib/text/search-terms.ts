/**
 * Indexes have two beginnings of each word: a long one, which a question that few fit is found by, and one of three letters, by which
 * those are read in order whom many fit. `Hopper` at `grace-hopper@navy.example`: `hopper@navy.example`, `hop`.
 */
export const LONG = 16;
export const SHORT = 3;
/** So many words of a field are searched; nobody makes a document large by typing hyphens. */
const MOST_WORDS = 8;
/** So many words of a question count. */
const MOST_ASKED = 6;

/** Letters that do not come apart into a plain one and its accent. */
const LETTERS: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const OVERLOOKED = /[\p{Mn}\p{Me}\p{Cf}'’‘ʼ`´]/gu;

/** Text as it is searched: lower case, without accents, apostrophes and what nobody sees. */
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

/** What is left of a word from each beginning within it: `jean-luc` and `luc`. */
function listTails(word: string): string[] {
  const starts = [...word.matchAll(/(?<=[^\p{L}\p{N}])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return [word, ...starts.map((start) => word.slice(start))];
}

const firstWords = (words: string[]): string[] => [...new Set(words.slice(0, MOST_WORDS))];

/** The words that find an account with this username. */
export const listUsernameWords = (username: string): string[] => firstWords(parts(username).flatMap(listTails));

/** The words that find an account with this first name, or this last name. */
export const listNameWords = (name: string): string[] => firstWords(parts(name).flatMap(listTails));

/** The words that find an account with this address: all of it, its domain but for the last label, and the words before. */
export function listEmailWords(email: string): string[] {
  const [local = "", domain = ""] = plain(email).split("@");
  const words = listTails(local).map((tail) => `${tail}@${domain}`);
  return firstWords([...words.slice(0, 1), ...listTails(domain).slice(0, -1), ...words.slice(1)]);
}

/** The first letters of a word. */
export const getWordPrefix = (word: string, length: number): string => [...word].slice(0, length).join("");

/**
 * What the indexes have of these words. A long beginning that another begins with is left out: a search for `hopper` finds
 * `hopper@navy.example`. The database does the same in models/user/search/terms.ts.
 */
export function createSearchTerms(words: string[]): { long: string[]; short: string[] } {
  const cut = (length: number) => [...new Set(words.map((word) => getWordPrefix(word, length)))];
  const long = cut(LONG).filter((term) => [...term].length > SHORT);
  const isCovered = (term: string) => long.some((other) => other !== term && other.startsWith(term));
  return { long: long.filter((term) => !isCovered(term)), short: cut(SHORT) };
}

/** What is wrong with a question. A word that does not count would make the answer wider than the question. */
export function findSearchProblem(question: string): string | null {
  const { size } = new Set(parts(question));
  if (size === 0 && question !== "") return "Search for letters or numbers.";
  return size > MOST_ASKED ? `Search for at most ${MOST_ASKED} words.` : null;
}

/** The words of a question, each once, those that say most first. */
export function splitQuestion(question: string): string[] {
  const words = [...new Set(parts(question))].sort((one, other) => other.length - one.length);
  return words.slice(0, MOST_ASKED);
}
