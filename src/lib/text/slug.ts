import { loadLater } from "../load-later.js";
import { looksLikeSite } from "./site-names.js";

const slugs = loadLater<typeof import("@sindresorhus/slugify")>("@sindresorhus/slugify", { isExpected: true });

const LONGEST = 40;

/** Words that are part of our addresses, or look like it. */
const RESERVED = new Set(
  `account admin admins all create delete domain domains edit editor everyone export home index invitations join leave
  login logout me members new none null people posts public register rename search settings undefined user users`.split(
    /\s+/,
  ),
);

/** Returns why a slug is refused, as a message for the user; null if it is accepted. */
export function findSlugProblem(slug: string): string | null {
  if (slug.length === 0) return "Enter a web address, for example garden-club.";
  if (slug.length > LONGEST) return `Use at most ${LONGEST} characters. You have ${slug.length}.`;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) return "Use lowercase letters (a–z), numbers and single hyphens.";
  if (RESERVED.has(slug) || looksLikeSite(slug)) return "This address is reserved. Choose another.";
  return null;
}

const LONGEST_POST_SLUG = 80;

/** Letters and digits that slugify would drop, because it cannot write them in Latin letters. */
const OTHER_SCRIPT = /[^\P{L}\p{Script=Latin}]|[^\P{Nd}0-9]/u;
/** Characters inside words that are not letters: soft hyphens, joiners, apostrophes. */
const WITHIN_WORDS = /\u00ad|\u200d|\u2060|(?<=\p{L}\p{M}*)['’״׳"](?=\p{L})/gu;

/** Returns the words of a post's title for its address, in their own script. "edit" is reserved for the form. */
export function createPostSlug(title: string): string {
  const written = title.replace(WITHIN_WORDS, "");
  const words = OTHER_SCRIPT.test(written) ? hyphenated(written) : slugs().default(written);
  const slug = [...words].slice(0, LONGEST_POST_SLUG).join("").replace(/-+$/, "");
  return ["", "edit"].includes(slug) ? "post" : slug;
}

const hyphenated = (title: string) =>
  title
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/^-/, "");
