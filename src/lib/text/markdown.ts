import type sanitizeHtml from "sanitize-html";
import { loadLater } from "../load-later.js";
import { commentParser, markdownParser } from "./markdown/parser.js";

const sanitize = loadLater<typeof sanitizeHtml>("sanitize-html", { isExpected: true });

/** Limits of a rendered post, above what a long post needs. Beyond them, sanitising takes longer than a request may. */
const MOST_TAGS = 6_000;
const LONGEST_HTML = 200_000;

// Raw HTML is off in the parser, and its output is sanitised as a second defence (ASVS V1.3.1, V1.3.5).
const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...["h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"],
    ...["ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  allowedAttributes: { a: ["href", "title", "rel"], ol: ["start"] },
  allowedSchemes: ["https", "http", "mailto"],
  allowProtocolRelative: false,
  transformTags: {
    h1: "h2", // the title of the page is its only h1
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: "noopener noreferrer nofollow ugc" } }),
  },
};

/** Renders Markdown as safe HTML: no raw HTML, no images from other sites, only harmless links. */
export const renderMarkdown = (source: string): string => render(source, markdownParser);

/** Renders a comment: Markdown without headings, tables and pictures. */
export const renderComment = (source: string): string => render(source, commentParser);

function render(source: string, parser: typeof markdownParser): string {
  const html = parser.render(source);
  const isTooMuch = html.length > LONGEST_HTML || html.split("<").length > MOST_TAGS;
  return sanitize()(isTooMuch ? plainHtml(source) : html, allowed);
}

/** Returns the source text as paragraphs, for a post whose HTML would be too large. */
const plainHtml = (source: string) =>
  `<p>${markdownParser.utils
    .escapeHtml(source)
    .replace(/\n{2,}/g, "</p><p>")
    .replaceAll("\n", " ")}</p>`;

/** Returns the beginning of the text as plain text without markup, cut between words. */
export function getExcerpt(source: string, length = 180): string {
  const text = readWords(markdownParser.parse(source, {})).replace(/\s+/g, " ").trim();
  const characters = [...text];
  if (characters.length <= length) return text;
  return `${characters
    .slice(0, length)
    .join("")
    .replace(/\s+\S*$/, "")}…`;
}

type Token = ReturnType<typeof markdownParser.parse>[number];

/** Returns the words of all paragraphs and table rows, or the code if there is nothing but code. */
function readWords(tokens: Token[]): string {
  const blocks: string[] = [];
  let row: string[] | null = null;
  for (const { type, children } of tokens) {
    if (type === "tr_open") row = [];
    if (type === "inline") (row ?? blocks).push((children ?? []).map(splitWords).join(""));
    if (type === "tr_close" && row) {
      blocks.push(`${row.filter(Boolean).join(" · ")};`);
      row = null;
    }
    if (type === "table_close") blocks.push(blocks.pop()?.slice(0, -1) ?? "");
  }
  const words = blocks.join(" ");
  return words.trim() ? words : tokens.map(({ content }) => content).join(" ");
}

/** Drops emphasis and links, turns line breaks into spaces and images into their descriptions. */
function splitWords({ type, content, children }: Token): string {
  if (type === "image") return (children ?? []).map(splitWords).join("");
  return type.endsWith("break") ? " " : content;
}

const WORDS_PER_MINUTE = 230;

/** Estimates the reading time for an adult in minutes (Brysbaert 2019: 238 words a minute), at least one. */
export function estimateReadingMinutes(source: string): number {
  return Math.max(1, Math.round(source.split(/\s+/).length / WORDS_PER_MINUTE));
}
