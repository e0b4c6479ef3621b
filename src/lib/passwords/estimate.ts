import type { ZxcvbnFactory } from "@zxcvbn-ts/core";
import type { MatchExtended } from "@zxcvbn-ts/core/dist/types.js";
import { loadLater } from "../load-later.js";

const core = loadLater<typeof import("@zxcvbn-ts/core")>("@zxcvbn-ts/core");
const graphs = loadLater<typeof import("@zxcvbn-ts/language-common/dist/adjacencyGraphs.json.mjs")>(
  "@zxcvbn-ts/language-common/dist/adjacencyGraphs.json.mjs",
);
const passwords = loadLater<typeof import("@zxcvbn-ts/language-common/dist/passwords.json.mjs")>(
  "@zxcvbn-ts/language-common/dist/passwords.json.mjs",
);
const commonWords = loadLater<typeof import("@zxcvbn-ts/language-en/dist/commonWords.json.mjs")>(
  "@zxcvbn-ts/language-en/dist/commonWords.json.mjs",
);
const firstnames = loadLater<typeof import("@zxcvbn-ts/language-en/dist/firstnames.json.mjs")>(
  "@zxcvbn-ts/language-en/dist/firstnames.json.mjs",
);
const wordSequences = loadLater<typeof import("@zxcvbn-ts/language-en/dist/wordSequences.json.mjs")>(
  "@zxcvbn-ts/language-en/dist/wordSequences.json.mjs",
);

export type Score = 0 | 1 | 2 | 3 | 4;
/** The main reason why a text is easy to guess. */
export type Weakness = "common" | "variation" | "repetition" | "sequence" | "keyboard" | "date" | "guessable";
export type Estimate = { score: Score; weakness: Weakness };

/** The lowest accepted score. */
export const STRONG_ENOUGH: Score = 3;

/** Maximum number of guesses for each score. Score 3 begins above "Winter2024!!" and "thisisapassword" (10 ** 8.1). */
const GUESSES = { 0: 1e3, 1: 1e6, 2: 10 ** 8.5, 3: 10 ** 10.5 };
const ATTACKS_PER_UNIT = {
  onlineThrottlingXPerHour: 100,
  onlineNoThrottlingXPerSecond: 10,
  offlineSlowHashingXPerSecond: 1e4,
  offlineFastHashingXPerSecond: 1e10,
};
/**
 * Number of ways to read digits and symbols as letters. Each one takes as long as a whole estimate; the default of 100
 * takes half a second.
 */
const SPELLINGS_TRIED = 8;
/** Number of characters that are estimated, because the time grows with the square of the length. */
const CHARACTERS_READ = 48;

/** The most common sequences. Each further list would add time to every estimate. */
const USED_SEQUENCES = /^(cardinalN|daysOf|months|seasons)/;

let estimator: ZxcvbnFactory | undefined;

/** Creates the estimator for the first password: its dictionaries take 15 MB. */
function getEstimator(): ZxcvbnFactory {
  const sequences = () => Object.entries(wordSequences().default).filter(([name]) => USED_SEQUENCES.test(name));
  estimator ??= new (core().ZxcvbnFactory)({
    dictionary: {
      passwords: passwords().default,
      commonWords: commonWords().default,
      firstnames: firstnames().default,
      ...Object.fromEntries(sequences()),
    },
    graphs: graphs().default,
    l33tMaxSubstitutions: SPELLINGS_TRIED,
    maxLength: CHARACTERS_READ,
    timeEstimationValues: { scoring: GUESSES, attackTime: ATTACKS_PER_UNIT },
  });
  return estimator;
}

/** Estimates how hard a text is to guess. A repeated text is as easy to guess as the part that repeats. */
export function estimate(text: string): Estimate {
  const unit = repeatedUnit(text);
  const { score, sequence } = getEstimator().check(unit);
  return { score, weakness: unit === text ? findWeakness(text, sequence) : "repetition" };
}

function findWeakness(text: string, matches: MatchExtended[]): Weakness {
  const longest = matches.toSorted((a, b) => b.token.length - a.token.length)[0];
  if (!longest || longest.token.length * 2 < Math.min(text.length, CHARACTERS_READ)) return "guessable";
  if (longest.pattern !== "dictionary") return weaknesses[longest.pattern] ?? "guessable";
  if (longest.dictionaryName !== "passwords") return "guessable";
  return longest.token === text ? "common" : "variation";
}

const weaknesses: Record<string, Weakness> = {
  repeat: "repetition",
  sequence: "sequence",
  wordSequence: "sequence",
  spatial: "keyboard",
  date: "date",
};

/**
 * Returns the shortest part whose repetition gives the text. The last repetition may be cut off, as in "abc-abc".
 * Returns the text itself if nothing repeats.
 */
function repeatedUnit(text: string): string {
  const borders = [0]; // for each prefix, the length of its longest proper prefix that is also its suffix
  for (let at = 1; at < text.length; at++) {
    let border = borders[at - 1] ?? 0;
    while (border > 0 && text[at] !== text[border]) border = borders[border - 1] ?? 0;
    borders.push(text[at] === text[border] ? border + 1 : 0);
  }
  const period = text.length - (borders.at(-1) ?? 0);
  return period * 2 <= text.length + 1 ? text.slice(0, period) : text;
}
