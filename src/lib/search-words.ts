/** The beginnings of a word are stored up to so many characters; a longer word also as a whole. */
const LONGEST_BEGINNING = 12;
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
function tailsOf(word: string): string[] {
  const starts = [...word.matchAll(/(?<=[^\p{L}\p{N}])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return [word, ...starts.map((start) => word.slice(start))];
}

function entriesOf(words: string[]): string[] {
  const entries = words.slice(0, MOST_WORDS).flatMap((word) => {
    const letters = [...word];
    const beginnings = letters.slice(0, LONGEST_BEGINNING).map((_, n) => letters.slice(0, n + 1).join(""));
    return letters.length > LONGEST_BEGINNING ? [...beginnings, word] : beginnings;
  });
  return [...new Set(entries)];
}

/** By what somebody is found who has this username. */
export const usernameEntries = (username: string): string[] => entriesOf(parts(username).flatMap(tailsOf));

/** By what somebody is found who has this first name, or this last name. */
export const nameEntries = (name: string): string[] => entriesOf(parts(name).flatMap(tailsOf));

/** By what somebody is found who has this address: all of it, its domain but for the last label, and the words before. */
export function emailEntries(email: string): string[] {
  const [local = "", domain = ""] = plain(email).split("@");
  const words = tailsOf(local).map((tail) => `${tail}@${domain}`);
  return entriesOf([...words.slice(0, 1), ...tailsOf(domain).slice(0, -1), ...words.slice(1)]);
}

/** The words of a question, each once, those that say most first. */
export function wordsAsked(question: string): string[] {
  const words = [...new Set(parts(question))].sort((one, other) => other.length - one.length);
  return words.slice(0, MOST_ASKED);
}

/**
 * How a word is looked up among the entries: by its beginning, which an index has.
 * `longer` is true when the entry that is the whole word must be compared too.
 */
export function lookUp(word: string): { beginning: string; longer: boolean } {
  const letters = [...word];
  return { beginning: letters.slice(0, LONGEST_BEGINNING).join(""), longer: letters.length > LONGEST_BEGINNING };
}
