import { z } from "zod";

/**
 * Text as it is judged and stored. Line breaks are one character each, so that browsers (which send two) and programs count
 * the same. What comes along with copied text, cannot be seen and means nothing here goes: marks and overrides of direction
 * (pages find the direction of a text by themselves) and byte order marks.
 */
export const normalizeText = (value: string) =>
  value.replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, "\n").replace(/[\p{Bidi_Control}\ufeff]/gu, "");
/** No control characters but tabs and line breaks, well-formed Unicode (ASVS V1.3.3). */
export const isPlain = (value: string) => value.isWellFormed() && !/\p{Cc}/u.test(value.replace(/[\t\n]/g, ""));
/** A title that nobody can see would be a link that nobody can find. */
export const isVisible = (value: string) => /[^\s\p{Default_Ignorable_Code_Point}]/u.test(value);
const codePoints = (value: string) => [...value].length;
const formatCount = (number: number) => number.toLocaleString("en");

type Shape = { what: string; longest: number; tidied: (value: string) => string };

/** @param shape.tidied makes of what was sent what is judged and stored */
const plainText = ({ what, longest, tidied }: Shape) =>
  z
    .string(`Enter ${what}.`)
    .overwrite(tidied)
    .refine(isPlain, `Remove invisible control characters from ${what}.`)
    .refine((value) => codePoints(value) <= longest, {
      error: ({ input }) =>
        `Use at most ${formatCount(longest)} characters. You have ${formatCount(codePoints(String(input)))}.`,
    });

/** Text that a person writes, trimmed. */
export const text = (what: string, longest: number) =>
  plainText({ what, longest, tidied: (value) => normalizeText(value).trim() });

/** The same in Markdown, where spaces before the first word say what it is. */
export const markdown = (what: string, longest: number) =>
  plainText({
    what,
    longest,
    tidied: (value) =>
      normalizeText(value)
        .replace(/^(?:[^\S\n]*\n)+/, "")
        .trimEnd(),
  });

/** The same on one line: a tab or another kind of space between words is a space. */
export const line = (what: string, longest: number) =>
  plainText({ what, longest, tidied: (value) => normalizeText(value.replace(/[\t\v\f]/g, " ")).trim() }).refine(
    (value) => !value.includes("\n"),
    `Keep ${what} on one line.`,
  );
