import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { estimateReadingMinutes, getExcerpt, renderMarkdown } from "../../../src/lib/text/markdown.js";

/** The only tags and attributes that may appear in the output. */
const harmless =
  /^<(\/?(h[2-6]|p|blockquote|pre|code|em|strong|s|ul|li|table|thead|tbody|tr|th|td)|\/?ol|ol start="\d+"|br \/|hr \/|\/a|a( href="[^"<>]*")?( title="[^"<>]*")? rel="noopener noreferrer nofollow ugc")>$/;

function assertHarmless(source: string) {
  const html = renderMarkdown(source);
  const tags = html.match(/<[^>]*>?/g) ?? [];
  for (const tag of tags) assert.match(tag, harmless, `${JSON.stringify(source.slice(0, 100))} gave ${tag}`);
  for (const [, href = ""] of html.matchAll(/href="([^"]*)"/g)) {
    assert.doesNotMatch(href, /&(?!(amp|lt|gt|quot);)/, "the address contains no other character references");
    const { protocol } = new URL(href.replaceAll("&amp;", "&"), "https://own.example");
    assert.ok(["https:", "http:", "mailto:"].includes(protocol), href);
  }
  return html;
}

describe("harmful input", () => {
  const attacks = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>@import 'https://evil.example'</style>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<!--><script>alert(1)</script>-->",
    "<details open ontoggle=alert(1)>",
    "<form action=https://evil.example><input name=password>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6A&#x61&#x76&#x61script:alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1) )",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '![x](x "onerror=alert(1)")',
    '[x](https://example.org "onmouseover=alert(1)")',
    "[x](https://example.org'\"onmouseover=alert(1))",
    '[x](https://example.org/"><script>alert(1)</script>)',
    '```html"><script>alert(1)</script>\n<b>x</b>\n```',
    "`<script>alert(1)</script>`",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    '# <script>alert(1)</script> {onclick="alert(1)"}',
    "[<img src=x onerror=alert(1)>](https://example.org)",
    'https://example.org/"onmouseover="alert(1)',
    "www.example.org/<script>",
    "a@b.example'onclick='alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)\\</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\u0000<script>alert(1)</script>",
    "\u2028<script>\u2029",
  ];
  for (const attack of attacks) test(JSON.stringify(attack).slice(0, 80), () => void assertHarmless(attack));

  test("a link that begins with two slashes leads to no other site", () => {
    assert.doesNotMatch(renderMarkdown("[x](//evil.example)"), /href="\/\//);
    assert.doesNotMatch(renderMarkdown("[x](/\\evil.example)"), /href="\/\\/);
  });
});

test("raw HTML is shown as text, even if it is harmless", () => {
  assert.equal(renderMarkdown("<em>a</em>"), "<p>&lt;em&gt;a&lt;/em&gt;</p>\n");
});

test("common Markdown is rendered", () => {
  assert.equal(renderMarkdown("# Big"), "<h2>Big</h2>\n", "the title of the page is its only h1");
  assert.equal(
    renderMarkdown("a *b* **c** ~~d~~ `e`"),
    "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>\n",
  );
  assert.equal(
    renderMarkdown("[x](https://example.org)"),
    '<p><a href="https://example.org" rel="noopener noreferrer nofollow ugc">x</a></p>\n',
  );
  assert.match(renderMarkdown("1. a\n2. b"), /<ol>\n<li>a<\/li>/);
  assert.match(renderMarkdown("| a |\n|---|\n| b |"), /<table>[\s\S]*<td>b<\/td>/);
  assert.match(renderMarkdown("> said"), /<blockquote>/);
  assert.match(renderMarkdown("ada@example.org"), /href="mailto:ada@example.org"/);
});

test("inputs made to be slow are rendered completely and safely", () => {
  const LONG = 10_000;
  const units = [
    "[",
    "](",
    "![",
    "*a ",
    "**a",
    "_a",
    "`",
    "``a`",
    "> ",
    "- ",
    "1. ",
    "<",
    "<a ",
    "&#",
    "\\",
    '"',
    "'",
    "(c)",
    "a@",
    "http://",
    "www.a.",
    "[a](<",
    "[x]: y\n",
    "|",
    "|-",
    "~~",
    "\n",
    " \n",
    "#",
    "\ta\n",
    "a**b",
    "[[]](",
    "<!--",
    "]]>",
    "-- ",
    "...",
  ];
  for (const unit of units) {
    const html = assertHarmless(unit.repeat(Math.ceil(LONG / unit.length)).slice(0, LONG));
    assert.ok(html.length < 60 * LONG, unit);
    assert.equal(typeof getExcerpt(unit.repeat(2_000)), "string");
  }
});

test("an excerpt is the beginning of the text without markup, cut between words and never inside a character", () => {
  assert.equal(getExcerpt("# Title\n\nSome **bold** [link](https://example.org)."), "Title Some bold link.");
  assert.equal(getExcerpt("one two three", 9), "one two…");
  assert.equal(getExcerpt("<b>raw</b>"), "<b>raw</b>", "plain text, which the view escapes");
  assert.ok(getExcerpt(`a${"😀".repeat(300)}`).isWellFormed());
  assert.ok(getExcerpt("word ".repeat(100)).length <= 181);
  assert.equal(getExcerpt(""), "");
});

test("the reading time is at least a minute and grows with the words", () => {
  assert.equal(estimateReadingMinutes(""), 1);
  assert.equal(estimateReadingMinutes("word ".repeat(230 * 5)), 5);
});
