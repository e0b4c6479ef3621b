import markdownIt from "markdown-it";
import { showUnusedDefinitions } from "./definitions.js";
import { showHiddenText } from "./shown.js";
import { keepTables } from "./tables.js";

/** Lists and quotes in each other; deeper ones could make pages that no one can read and browsers draw slowly. */
const DEEPEST = 20;

/**
 * Our Markdown: raw HTML is off, and nothing that was written is left out. What cannot be drawn stays as it was typed; a
 * picture becomes a link to it. test/lib/text/markdown/whole.test.ts walks all constructs.
 */
export const markdownParser = markdownIt({ html: false, linkify: true, typographer: true, maxNesting: DEEPEST });
markdownParser.validateLink = isLinked;
markdownParser.use(capNesting).use(keepTables).use(showUnusedDefinitions).use(showHiddenText);

/**
 * Whether an address of a link leads somewhere: what the sanitiser would take off is no link, and stays text. `f[i](x)`
 * is no link to "x" either: an address begins with its scheme, or with a sign that makes it a path.
 */
function isLinked(url: string): boolean {
  return /^(?:https?:|mailto:|[/#?.])/i.test(url) && !/^[/\\]{2}/.test(url);
}

/** Signs of lists and quotes beyond the deepest level are text: markdown-it would leave out all that they hold. */
function capNesting({ block }: typeof markdownParser): void {
  const rules = block.ruler.getRules("");
  // The levels that each opens before its content is read.
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
