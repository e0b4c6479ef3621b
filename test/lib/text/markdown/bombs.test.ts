import assert from "node:assert/strict";
import { test } from "node:test";
import { renderMarkdown } from "../../../../src/lib/text/markdown.js";

// Texts of 10,000 characters with the largest output. The tests measure its size, not time: small output is fast.

const LONGEST = 10_000;
const fill = (part: string, begin = "") => (begin + part.repeat(LONGEST)).slice(0, LONGEST);
const head = (columns: number) => `${"|a".repeat(columns)}|\n${"|-".repeat(columns)}|\n`;

const bombs: Record<string, string> = {
  "a wide table": fill("|\n", head(1_600)),
  "a long table": fill("|\n", head(30)),
  "a table of two columns": fill("|\n", head(2)),
  "a table without pipes in its rows": fill("a\n", head(100)),
  "many tables": fill("a|b\n-|-\n\n"),
  "quotes in quotes": fill(">"),
  "lines of quotes in quotes": fill("> > > > > > a\n"),
  "lists in lists": fill("- "),
  "empty entries": fill("-\n"),
  "numbered entries": fill("1.\n"),
  "lists and quotes": fill("- > - > - > a\n"),
  headings: fill("#\n"),
  rules: fill("***\n"),
  links: fill("[a](/b)"),
  "links without words": fill("[](/b)"),
  "brackets that are no link": fill("[a](b)"),
  "references to one link": fill("[a]", "[a]: /b\n\n"),
  "definitions that no link uses": fill("[a]: /b\n"),
  "definitions in quotes": fill("> [a]: /b\n\n"),
  "rows with many more cells than the head": fill("||||||||\n", head(1)),
  "one row with many more cells than the head": fill("|a", head(1)),
  "many tables with a row that is too long": fill("a|b\n-|-\na|b|c\n"),
  "links that are detected in text": fill("a.co "),
  "email addresses that are detected in text": fill("a@b.co "),
  "unfinished links": fill("[]("),
  brackets: fill("["),
  images: fill("!["),
  pictures: fill("![a](/b)"),
  "pictures without a description": fill("![](/b)"),
  "pictures in a link": `[${fill("![a](/b)").slice(0, 9_990)}](/c)`,
  "pictures in pictures": `${"![".repeat(1_600)}a${"](/b)".repeat(1_300)}`,
  "words after fences": fill("```a\n```\n"),
  "letters in a link that become twelve characters each": fill("[a](<😀>)"),
  stars: fill("*"),
  emphasis: fill("*a "),
  "emphasis in emphasis": fill("**a*"),
  "emphasis of two kinds": fill("*a_ "),
  code: fill("`a`"),
  fences: fill("```\n"),
  breaks: fill("a\\\n"),
  entities: fill("&#0;"),
  ampersands: fill("&"),
  angles: fill("<"),
  quotation: fill("\"'"),
  "one line": fill("a"),
  "a line of dots": fill("a.", "http://"),
};

for (const [name, source] of Object.entries(bombs)) {
  test(`${name}: 10,000 characters become a page of at most 6,000 tags and 350 kB`, () => {
    const html = renderMarkdown(source);
    assert.ok(html.split("<").length <= 6_000, `${html.split("<").length} tags`);
    assert.ok(html.length <= 350_000, `${html.length} characters`);
  });
}

test("a table of normal size stays a table, one with too many cells stays text", () => {
  assert.equal(renderMarkdown(head(20) + "|x|y|\n".repeat(80)).match(/<tr>/g)?.length, 81);
  const html = renderMarkdown(head(30) + "|x|y|\n".repeat(90));
  assert.doesNotMatch(html, /<table>/);
  assert.match(html, /\|x\|y\|/);
});

test("text that would become too large is shown as it was written", () => {
  const html = renderMarkdown(`first & <b>\n\n${fill("-\n")}`);
  assert.match(html, /^<p>first &amp; &lt;b&gt;<\/p><p>- -/);
});

test("text with only link definitions is shown as it was written", () => {
  for (const source of ["[a]: b", "[a]: b\n[c]: d", "[a]: /b 'c d'"])
    assert.equal(renderMarkdown(source).replace(/<[^>]+>/g, ""), `${source.replace(/'(.*)'/, "‘$1’")}\n`);
});
