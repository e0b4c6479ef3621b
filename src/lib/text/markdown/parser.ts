import markdownIt from "markdown-it";
import { showUnusedDefinitions } from "./definitions.js";
import { showHiddenText } from "./shown.js";
import { keepTables } from "./tables.js";

/** Maximum depth of nested lists and quotes. Deeper nesting is unreadable and slow to render. */
const DEEPEST = 20;

/**
 * Our Markdown parser. Raw HTML is off, and no text is lost: whatever it cannot render stays as typed, and an image
 * becomes a link. test/lib/text/markdown/whole.test.ts covers all constructs.
 */
export const markdownParser = markdownIt({ html: false, linkify: true, typographer: true, maxNesting: DEEPEST });
markdownParser.validateLink = isLinked;
markdownParser.use(capNesting).use(keepTables).use(showUnusedDefinitions).use(showHiddenText);

/**
 * Returns true if an address may become a link. The text of other links stays as typed, because the sanitiser would
 * remove them. `f[i](x)` stays text too: an address must begin with its scheme, or with a character that makes it a
 * path.
 */
function isLinked(url: string): boolean {
  return /^(?:https?:|mailto:|[/#?.])/i.test(url) && !/^[/\\]{2}/.test(url);
}

/** Treats list and quote markers beyond the deepest level as text, because markdown-it would drop their content. */
function capNesting({ block }: typeof markdownParser): void {
  const rules = block.ruler.getRules("");
  // The number of levels that each one opens before its content is parsed.
  for (const [name, levels, alt] of [
    ["blockquote", 1, ["paragraph", "reference", "blockquote", "list"]],
    ["list", 2, ["paragraph", "reference", "blockquote"]],
  ] as const) {
    const rule = rules.find((one) => one.name === name);
    if (!rule) throw new Error(`markdown-it has no rule for ${name}`);
    const capped: typeof rule = (state, first, last, silent) =>
      state.level + levels < DEEPEST && rule(state, first, last, silent);
    block.ruler.at(name, capped, { alt: [...alt] });
  }
}
