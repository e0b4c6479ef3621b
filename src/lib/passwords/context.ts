/** Maximum length of parts that are ignored, because they are too common. */
const TELLS_NOTHING = 2;
/** Longer than any username or email; further characters are ignored. */
const LONGEST_WORD = 254;

/**
 * Removes the given words (username, email, site name) from a text, also their parts and their reversed forms. Ignores
 * case and undoes the usual substitutions: "P0stern!" without "Postern" is "!".
 */
export function removeWords(text: string, words: string[]): string {
  const hidden = new Set(words.flatMap(splitWord).flatMap((part) => [part, [...part].reverse().join("")]));
  let rest = text;
  for (const part of [...hidden].sort((a, b) => b.length - a.length)) rest = withoutPart(rest, part);
  return rest;
}

function withoutPart(text: string, part: string): string {
  let rest = text;
  let folded = fold(text);
  for (let at = folded.indexOf(part); at >= 0; at = folded.indexOf(part)) {
    rest = rest.slice(0, at) + rest.slice(at + part.length);
    folded = folded.slice(0, at) + folded.slice(at + part.length);
  }
  return rest;
}

/** Returns the word and its parts. Drops the last label of an email (com, org), because it is common. */
function splitWord(word: string): string[] {
  const whole = word.normalize("NFKC").slice(0, LONGEST_WORD);
  const own = whole.includes("@") ? whole.replace(/\.[^.@]*$/, "") : whole;
  return [whole, ...own.split(/[^\p{L}\p{N}]+/u)].map(fold).filter((part) => part.length > TELLS_NOTHING);
}

const disguises: Record<string, string> = {
  "0": "o",
  "1": "i",
  "!": "i",
  "|": "i",
  l: "i",
  "2": "z",
  "3": "e",
  "4": "a",
  "@": "a",
  "5": "s",
  $: "s",
  "6": "g",
  "9": "g",
  "7": "t",
  "+": "t",
  "8": "b",
};

/** Converts to lower case without changing the length, so that positions in both texts match. */
function fold(text: string): string {
  return text.replace(/[\s\S]/g, (unit) => {
    const lower = unit.toLowerCase().charAt(0);
    return disguises[lower] ?? lower;
  });
}
