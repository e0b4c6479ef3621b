import assert from "node:assert/strict";
import { test } from "node:test";
import sanitizeHtml from "sanitize-html";
import { getExcerpt, renderMarkdown } from "../../../../src/lib/text/markdown.js";

// No text of users is lost: each word of the source is in the text of the page, or in the address or title of a link.

const splitWords = (source: string) => source.match(/[a-z]{4,}/gi) ?? [];

/** Returns what is visible on a page: its text, and the addresses and titles of its links. */
function visible(html: string): string {
  const attributes = [...html.matchAll(/ (?:href|title)="([^"]*)"/g)].map(([, value]) => value);
  return `${sanitizeHtml(html, { allowedTags: [] })} ${attributes.join(" ")}`.toLowerCase();
}

function assertWhole(source: string): void {
  const page = visible(renderMarkdown(source));
  const lost = splitWords(source).filter((word) => !page.includes(word.toLowerCase()));
  assert.deepEqual(lost, [], `lost from ${JSON.stringify(source)}`);
}

const constructs: Record<string, string> = {
  "a picture with a description": "before ![alpha *beta* `gamma`](https://delta.example/epsilon.png) after",
  "a picture with a title": '![alpha](/beta.png "gamma delta")',
  "a picture without a description": "![](/alpha.png)",
  "a picture in a link": '[![alpha](/1.png "beta")](https://gamma.example)',
  "a link that consists of a picture without a description": "[![](/alpha.png)](/beta)",
  "a link in a picture": '![alpha [beta](/gamma) delta](/1.png "epsilon")',
  "a picture in a picture": "![alpha ![beta](/1.png) gamma](/delta.png)",
  "a picture in a picture in a link": "[![alpha ![beta](/1.png) gamma](/2.png)](/delta)",
  "a picture by reference": "![alpha][1] ![beta]\n\n[1]: /gamma.png 'delta'\n[beta]: /epsilon.png",
  "a picture as a data URL": "![alpha](data:image/png;base64,beta)",
  "a picture with another URL scheme": "![alpha](ftp://beta.example/gamma) ![delta](javascript:epsilon)",
  "a link with another URL scheme": "[alpha](ftp://beta.example/gamma) [delta](tel:epsilon) [zeta](data:eta)",
  "a link to another host without a scheme": "[alpha](//beta.example/gamma)",
  "a link without words": "[](https://alpha.example) [ ](/beta) [\u00a0](/gamma)",
  "a link without an address": "[alpha]() [beta](<>)",
  "a link with a title": '[alpha](https://beta.example "gamma delta")',
  "brackets that are no link": "item[alpha](beta) and [gamma](delta epsilon)",
  "a definition that no link uses": '[alpha]: https://beta.example "gamma delta"',
  "a definition that looks like a remark": "[alpha]: beta",
  "several definitions of which one is used":
    "[alpha][1]\n\n[1]: /beta\n[1]: /gamma\n[2]: /delta\n[3]: /epsilon 'zeta'",
  "definitions in a quote and a list": "> [alpha]: /beta\n\n- [gamma]: /delta\n\n1. [epsilon]: /zeta",
  "a definition over three lines": "[alpha]:\n/beta\n'gamma\ndelta'",
  "a footnote": "alpha[^1] beta[^note]\n\n[^1]: gamma\n[^note]: delta epsilon",
  "lists of many levels": Array.from(
    { length: 30 },
    (_, level) => `${"  ".repeat(level)}- alpha${letters(level)}`,
  ).join("\n"),
  "numbered lists of many levels": Array.from(
    { length: 30 },
    (_, level) => `${"   ".repeat(level)}1. alpha${letters(level)}`,
  ).join("\n"),
  "many lists on a line": `${"- ".repeat(40)}alpha\n\n${"1. ".repeat(40)}beta\n\n${"* - ".repeat(20)}gamma`,
  "quotes of many levels": Array.from({ length: 40 }, (_, level) => `${">".repeat(level)} alpha${letters(level)}`).join(
    "\n",
  ),
  "many quotes on a line": `${">".repeat(40)} alpha\nbeta\n\n${"> ".repeat(40)}gamma\n\ndelta`,
  "quotes in lists and lists in quotes": `${"> - ".repeat(15)}alpha\n\n${"1. > ".repeat(15)}beta\n> gamma`,
  "everything deep in quotes": `${"> ".repeat(25)}# alpha\n${"> ".repeat(25)}\n${"> ".repeat(25)}    beta\n${"> ".repeat(25)}\`\`\`gamma\n${"> ".repeat(25)}delta`,
  "an indented first line": "    alpha\n    beta\n\ngamma",
  "lines indented by tabs": "\talpha\n\t\tbeta\n- gamma\n\n\tdelta\n\n\t\tepsilon",
  "raw HTML": '<div class="alpha">beta</div><img alt="gamma"><script>delta</script><style>epsilon</style>',
  "a comment, a declaration and an instruction": "<!-- alpha -->\n\n<!beta gamma>\n\n<?delta ?>\n\n<![CDATA[epsilon]]>",
  "HTML that is not closed": "<alpha beta=gamma\n\n<!-- delta",
  "cells beyond the columns of the head":
    "| alpha | beta |\n|--|--|\n| gamma | delta | epsilon | zeta | eta \\| theta |\n| iota |",
  "cells beyond the columns of the head, in lists and quotes":
    "- | alpha | beta |\n  |--|--|\n  | gamma | delta | epsilon |\n\n> | zeta | etan |\n> |--|--|\n> | theta | iota | kappa",
  "a head with more or fewer columns than its delimiter row": "| alpha | beta |\n|--|\n| gamma |\n\ndelta\n|--|--|",
  "a table that another block ends": "| alpha |\n|--|\n| beta |\n> gamma\n\n| delta |\n|--|\n    epsilon",
  "text after a fence": "```alpha beta\ngamma\n```\n\n~~~ delta {epsilon}\nzeta\n~~~",
  "a fence that is not closed": "alpha\n\n``` beta gamma\ndelta\n\nepsilon",
  "a fence in a list": "- alpha\n  ```beta\n  gamma\n  ```\n- delta",
  headings: "# alpha #\n###### beta\n####### gamma\n\ndelta\n===\nepsilon\n---\n#zeta",
  "horizontal rules": "alpha\n***\nbeta\n- - -\ngamma",
  "emphasis of all kinds": "*alpha **beta** _gamma_* ~~delta~~ **epsilon* ***zeta** `etan` ``theta ` iota``",
  "addresses that become links":
    "www.alpha.example https://beta.example/gamma?delta=epsilon#zeta <https://theta.example> iota@kappa.example",
  "line breaks": "alpha  \nbeta\\\ngamma\ndelta",
  "lists that are tight, loose and interrupted": "- alpha\n- beta\n\n- gamma\n\n      delta\n5) epsilon\n* zeta",
  "front matter": "---\nalpha: beta\n---\ngamma",
  "definition lists, tasks, marks and sums":
    "alpha\n: beta\n\n- [ ] gamma\n- [x] delta\n\n==epsilon== $zeta$ :etan: {.theta}",
};

/** Writes a number in letters, because the tests look for letters. */
function letters(number: number): string {
  return [...String(number)]
    .map((digit) => "abcdefghij"[Number(digit)])
    .join("")
    .padStart(3, "x");
}

for (const [name, source] of Object.entries(constructs)) test(`no text is lost: ${name}`, () => assertWhole(source));

/** Returns the same random numbers in each run (mulberry32). */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  ..."[ ] ( ) ! ![ ][ ]( ]: | |- * ** _ ` ``` ~~~ ~~ < > <!-- --> # = - + 1. 1) [1] [1]: / https:// : ' \" \\ ^ & ; . @".split(
    " ",
  ),
  ...[
    "\n",
    "\n",
    "\n\n",
    " ",
    "  ",
    "    ",
    "\t",
    "> ",
    "- ",
    "1. ",
    "|--|--|\n",
    "[1]: /",
    "[^1]: ",
    "![",
    '"',
    "\u00a0",
  ],
];

test("no text is lost in any mixture of special characters and words", () => {
  const random = randomFrom(1);
  for (let round = 0; round < 4_000; round += 1) {
    const source = Array.from({ length: 2 + random(40) }, (_, place) =>
      random(3) === 0 ? `word${letters(place)}` : (pieces[random(pieces.length)] ?? ""),
    ).join("");
    assertWhole(source);
  }
});

test("no text is lost when constructs follow each other or are nested in lists and quotes", () => {
  const random = randomFrom(2);
  const all = Object.values(constructs);
  const within = ["> ", "- ", "1. ", "    ", "> - "];
  for (let round = 0; round < 400; round += 1) {
    const chosen = Array.from({ length: 2 + random(3) }, () => {
      const sign = within[random(within.length * 2)];
      const source = all[random(all.length)] ?? "";
      return sign ? source.replace(/^/gm, sign) : source;
    });
    assertWhole(chosen.join(random(2) === 0 ? "\n" : "\n\n"));
  }
});

test("an excerpt separates the cells of a table, and is never empty if there is text", () => {
  assert.equal(
    getExcerpt("Prices:\n\n| Day | Price |\n|--|--|\n| Monday | 3 |\n| Sunday | |\n\nAnd more."),
    "Prices: Day · Price; Monday · 3; Sunday And more.",
  );
  for (const source of Object.values(constructs)) assert.notEqual(getExcerpt(source), "", source);
});
