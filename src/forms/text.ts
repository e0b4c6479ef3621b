import { z } from "zod";

/**
 * Normalizes text before it is checked and stored. Browsers send two characters for a line break; each becomes one, so
 * that all clients count the same. Removes invisible characters that come with pasted text: direction marks and
 * overrides (pages detect the direction themselves) and byte order marks.
 */
export const normalizeText = (value: string) =>
  value.replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, "\n").replace(/[\p{Bidi_Control}\ufeff]/gu, "");
/** Returns true for well-formed Unicode without control characters other than tabs and line breaks (ASVS V1.3.3). */
export const isPlain = (value: string) => value.isWellFormed() && !/\p{Cc}/u.test(value.replace(/[\t\n]/g, ""));
/** Returns true if the text contains a visible character. A link with an invisible title could not be found. */
export const isVisible = (value: string) => /[^\s\p{Default_Ignorable_Code_Point}]/u.test(value);
const codePoints = (value: string) => [...value].length;
const formatCount = (number: number) => number.toLocaleString("en");

type Shape = { what: string; longest: number; tidied: (value: string) => string };

/** @param shape.tidied converts the input to the text that is checked and stored */
const plainText = ({ what, longest, tidied }: Shape) =>
  z
    .string(`Enter ${what}.`)
    .overwrite(tidied)
    .refine(isPlain, `Remove invisible control characters from ${what}.`)
    .refine((value) => codePoints(value) <= longest, {
      error: ({ input }) =>
        `Use at most ${formatCount(longest)} characters. You have ${formatCount(codePoints(String(input)))}.`,
    });

/** A text, trimmed. */
export const text = (what: string, longest: number) =>
  plainText({ what, longest, tidied: (value) => normalizeText(value).trim() });

/** A text in Markdown, where spaces before the first word have a meaning. */
export const markdown = (what: string, longest: number) =>
  plainText({
    what,
    longest,
    tidied: (value) =>
      normalizeText(value)
        .replace(/^(?:[^\S\n]*\n)+/, "")
        .trimEnd(),
  });

/** A single line of text. Tabs and other white space between words become spaces. */
export const line = (what: string, longest: number) =>
  plainText({ what, longest, tidied: (value) => normalizeText(value.replace(/[\t\v\f]/g, " ")).trim() }).refine(
    (value) => !value.includes("\n"),
    `Keep ${what} on one line.`,
  );
