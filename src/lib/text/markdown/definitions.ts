import type markdownIt from "markdown-it";

type Markdown = ReturnType<typeof markdownIt>;
type Core = Parameters<Markdown["core"]["process"]>[0];
type Token = Core["tokens"][number];

/**
 * Shows link definitions that no link uses. `[Note]: /path` may be meant as a remark, but Markdown would hide it. If
 * the text contains a link `[text][note]`, it is a definition and stays hidden.
 */
export function showUnusedDefinitions({ core }: Markdown): void {
  core.ruler.at("strip_references", () => {}); // unused ones are known only after links are parsed
  core.ruler.after("inline", "unused_definitions", (state) => {
    const lines = state.src.split("\n");
    const used = new Set<unknown>();
    for (const { children } of state.tokens) addLabels(children ?? [], used);
    state.tokens = state.tokens.flatMap((token) => {
      if (token.type !== "reference_definition") return [token];
      const label = token.meta?.label;
      return used.delete(label) ? [] : asParagraph(state, token, lines); // the first definition of a label applies
    });
  });
}

function addLabels(tokens: Token[], used: Set<unknown>): void {
  for (const { meta, children } of tokens) {
    if (meta?.label) used.add(meta.label);
    addLabels(children ?? [], used);
  }
}

function asParagraph({ Token }: Core, { map, level }: Token, lines: string[]): Token[] {
  const [first, after] = map ?? [0, 0];
  const text = new Token("text", "", 0);
  text.content = lines.slice(first, after).map(withoutSigns).join(" ");
  const inline = new Token("inline", "", 0);
  Object.assign(inline, { content: text.content, children: [text], level: level + 1, block: true });
  const [open, close] = [new Token("paragraph_open", "p", 1), new Token("paragraph_close", "p", -1)];
  for (const one of [open, close]) Object.assign(one, { level, block: true });
  return [open, inline, close];
}

/** Removes the markers of enclosing quotes and lists from a line. */
const withoutSigns = (line: string) => line.replace(/^(?:[\s>*+-]|\d+[.)])*/, "");
