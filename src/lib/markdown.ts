import markdownIt from "markdown-it";
import sanitizeHtml from "sanitize-html";

// Raw HTML is off, and what the renderer makes is sanitised all the same (ASVS V1.3.1, V1.3.5).
const markdown = markdownIt({ html: false, linkify: true, typographer: true, maxNesting: 20 });

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...["h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"],
    ...["ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  allowedAttributes: { a: ["href", "title", "rel"], ol: ["start"] },
  allowedSchemes: ["https", "http", "mailto"],
  allowProtocolRelative: false,
  transformTags: {
    h1: "h2", // the page's title is its only h1
    a: sanitizeHtml.simpleTransform("a", { rel: "noopener noreferrer nofollow ugc" }),
  },
};

/** Safe HTML of a person's Markdown: no raw HTML, no images from elsewhere, only harmless links. */
export function renderMarkdown(source: string): string {
  return sanitizeHtml(markdown.render(source), allowed);
}

/** The first words of the text without markup, cut at a word; plain text, not HTML. */
export function excerptOf(source: string, length = 180): string {
  const tokens = markdown.parse(source, {}).filter((token) => token.type === "inline");
  const words = tokens.map((token) => (token.children ?? []).map(wordsOf).join("")).join(" ");
  const text = words.replace(/\s+/g, " ").trim();
  const characters = [...text];
  if (characters.length <= length) return text;
  return `${characters
    .slice(0, length)
    .join("")
    .replace(/\s+\S*$/, "")}…`;
}

/** Emphasis and links leave nothing behind, line breaks a space. */
const wordsOf = ({ type, content }: { type: string; content: string }) => (type.endsWith("break") ? " " : content);

const WORDS_PER_MINUTE = 230;

/** Minutes that an adult needs to read the text (Brysbaert 2019: 238 words a minute), at least one. */
export function readingMinutes(source: string): number {
  return Math.max(1, Math.round(source.split(/\s+/).length / WORDS_PER_MINUTE));
}
