/** Parts of this many characters or fewer are too usual to say anything about a password. */
const TELLS_NOTHING = 2;
/** More than any name or address has; the rest of what somebody sent is not looked at. */
const LONGEST_WORD = 254;

/**
 * What is left of a text without the given words (a name, an e-mail address, the name of a site), without their parts
 * and without either of them backwards, in whatever case and in the usual disguises: "P0stern!" without "Postern" is "!".
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

/** The word and what it is put together from; the last label of an address (com, org) belongs to everyone. */
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

/** Lower case without disguises, of the same length, so that places in both mean the same. */
function fold(text: string): string {
  return text.replace(/[\s\S]/g, (unit) => {
    const lower = unit.toLowerCase().charAt(0);
    return disguises[lower] ?? lower;
  });
}
