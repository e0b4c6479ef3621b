import markdownIt from "markdown-it";
import sanitizeHtml from "sanitize-html";

// Raw HTML is off, and what the renderer makes is sanitised all the same (ASVS V1.3.1, V1.3.5).
const markdown = markdownIt({ html: false, linkify: true, typographer: true, maxNesting: 20 });

/** A row of a table is filled up to the columns of its head: 10,000 characters could make 65,536 cells. */
const MOST_CELLS = 2_000;
/** More than a page of this length needs; beyond, cleaning it takes longer than a request may. */
const MOST_TAGS = 6_000;
const LONGEST_HTML = 200_000;
markdown.use(capTables);

/** A table of more cells stays text, as it was written. */
function capTables({ block }: typeof markdown): void {
  const table = block.ruler.getRules("")[0];
  if (!table) throw new Error("markdown-it has no rules");
  const capped: typeof table = (state, first, last, silent) => {
    if (!table(state, first, last, true)) return false;
    const { bMarks, eMarks, src } = state;
    const columns = src.slice(bMarks[first], eMarks[first]).split("|").length;
    let row = first;
    while (row < last && !state.isEmpty(row) && (row - first) * columns <= MOST_CELLS) row += 1;
    if ((row - first) * columns > MOST_CELLS) return false;
    return silent || table(state, first, last, false);
  };
  block.ruler.at("table", capped, { alt: ["paragraph", "reference"] });
}

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
  const html = markdown.render(source);
  const isTooMuch = html.length > LONGEST_HTML || html.split("<").length > MOST_TAGS;
  return sanitizeHtml(isTooMuch ? plainHtml(source) : html, allowed);
}

/** The text as it was written, in paragraphs; what `renderMarkdown` shows instead of a page that is too large. */
const plainHtml = (source: string) =>
  `<p>${markdown.utils
    .escapeHtml(source)
    .replace(/\n{2,}/g, "</p><p>")
    .replaceAll("\n", " ")}</p>`;

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
