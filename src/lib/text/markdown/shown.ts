import type markdownIt from "markdown-it";

type Markdown = ReturnType<typeof markdownIt>;
type Rule = NonNullable<Markdown["renderer"]["rules"]["image"]>;
type Tokens = Parameters<Rule>[0];

/** Renders text that markdown-it or the sanitiser would drop: images, links without text, and the text after ```. */
export function showHiddenText({ renderer, utils }: Markdown): void {
  const { escapeHtml, unescapeAll } = utils;
  const { fence } = renderer.rules;
  if (!fence) throw new Error("markdown-it draws no code");

  /**
   * Turns an image into a link with its description. Links cannot be nested, so inside a link only the text is kept.
   */
  renderer.rules.image = (tokens, index, options, env, self) => {
    const { attrs, children } = tokens[index] as Tokens[number];
    const [src = "", title = ""] = ["src", "title"].map((name) => new Map(attrs).get(name)?.toString());
    const isPlain = Boolean(env?.isInLink) || isInLink(tokens, index);
    const inner = (children ?? []).filter((token) => !isPlain || !isLink(token));
    const isOwnLink = !isPlain && !inner.some(isLink);
    const words = self.renderInline(inner, options, { ...env, isInLink: isPlain || isOwnLink });
    const shown = words.trim() ? words : escapeHtml(src);
    if (isOwnLink) return `<a href="${escapeHtml(src)}"${title && ` title="${escapeHtml(title)}"`}>${shown}</a>`;
    return title ? `${shown} (${escapeHtml(title)})` : shown;
  };

  /** Shows the address of a link without text. */
  renderer.rules.link_open = (tokens, index, options, _env, self) => {
    const address = isBlank(tokens, index) ? escapeHtml(String(tokens[index]?.attrGet("href") ?? "")) : "";
    return self.renderToken(tokens, index, options) + address;
  };

  /** The text after ``` is usually the name of a language, but can be any text. */
  renderer.rules.fence = (tokens, index, ...rest) => {
    const info = unescapeAll(tokens[index]?.info ?? "").trim();
    return `${info && `<p><code>${escapeHtml(info)}</code></p>\n`}${fence(tokens, index, ...rest)}`;
  };
}

const isLink = ({ type }: Tokens[number]) => type === "link_open" || type === "link_close";

function isInLink(tokens: Tokens, index: number): boolean {
  let place = index - 1;
  while (place >= 0 && !isLink(tokens[place] as Tokens[number])) place -= 1;
  return tokens[place]?.type === "link_open";
}

/** Returns true if a link has no visible content. */
function isBlank(tokens: Tokens, open: number): boolean {
  let place = open + 1;
  while (tokens[place]?.type === "text" && !tokens[place]?.content.trim()) place += 1;
  return tokens[place]?.type === "link_close";
}
