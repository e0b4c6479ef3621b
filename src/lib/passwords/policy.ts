import { removeWords } from "./context.js";
import { type Estimate, estimate, type Score, STRONG_ENOUGH, type Weakness } from "./estimate.js";
import { isHashable, LONGEST_PASSWORD } from "./hash.js";
import { getMinPasswordLength } from "./length.js";

/** Data of a user that the rules for a new password depend on. */
export type PasswordOwner = { username: string; email: string; hasSecondFactor?: boolean | undefined };

export type Strength = { score: Score; ok: boolean; message: string };

const advice = "Try three or four unrelated words.";
const reasons: Record<Weakness | "personal", string> = {
  common: `This is one of the most common passwords. ${advice}`,
  variation: `This is too similar to a common password. ${advice}`,
  repetition: `This is too repetitive. ${advice}`,
  sequence: `Sequences like abc or 123 are easy to guess. ${advice}`,
  keyboard: `Keys next to each other are easy to guess. ${advice}`,
  date: `Dates are easy to guess. ${advice}`,
  guessable: "This is too easy to guess. Add another word or two that no one would expect.",
  personal: `Don't use the username, the email address or the name of this site. ${advice}`,
};

let siteWords: string[] = [];

/** Sets the names of the site, once at start. Passwords made of them are refused (ASVS V6.2.11). */
export function setSiteWords(words: string[]): void {
  siteWords = words;
}

/** What decides about a new password: public data of its owner, and whether it is the only factor. */
type Circumstances = { words: string[]; hasSecondFactor?: boolean | undefined };

/** Returns why a new password is refused, as a message for the user; null if it is accepted. */
export function findPasswordProblem(password: string, { words, hasSecondFactor }: Circumstances): string | null {
  const { ok, message } = ratePassword(password, words, { hasSecondFactor });
  return ok ? null : message;
}

/**
 * Rates a new password for the strength meter, by the same rule as `findPasswordProblem`. A password is well-formed
 * text, from the minimum length to 256 code points. It must stay hard to guess without public data of its owner
 * (`words`: username, email, site).
 */
export function ratePassword(
  password: string,
  words: string[],
  owner: Pick<PasswordOwner, "hasSecondFactor"> = {},
): Strength {
  const problem = formProblem(password, getMinPasswordLength(owner));
  if (problem) return { score: 0, ok: false, message: problem };
  const { score, weakness } = rateInContext(password.normalize("NFKC"), words);
  if (score < STRONG_ENOUGH) return { score, ok: false, message: reasons[weakness] };
  return { score, ok: true, message: score > STRONG_ENOUGH ? "Strong password." : "Good password." };
}

function formProblem(password: string, minLength: number): string | null {
  const length = [...password].length;
  if (length === 0) return "Choose a password.";
  if (length < minLength) return `Use at least ${minLength} characters. You have ${length}.`;
  if (length > LONGEST_PASSWORD) return `Use at most ${LONGEST_PASSWORD} characters. You have ${length}.`;
  return isHashable(password) ? null : "This contains an invalid character. Type it again.";
}

function rateInContext(
  password: string,
  words: string[],
): Pick<Estimate, "score"> & { weakness: keyof typeof reasons } {
  const whole = estimate(password);
  const rest = removeWords(password, [...words, ...siteWords]);
  if (rest === password) return whole;
  const { score } = estimate(rest);
  return score < whole.score ? { score, weakness: "personal" } : whole;
}
