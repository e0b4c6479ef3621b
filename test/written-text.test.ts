import "./support/environment.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { getViewFile, listViewNames } from "../src/lib/view-engine.js";

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A value that a view shows, with the opening tags around it. */
type Shown = { view: string; value: string; around: string[] };

const VOID = /^<(?:area|base|br|col|hr|img|input|link|meta|source|use)\b/i;
/** Matches the placeholder for a value. It replaces the code, whose quotes and brackets would look like markup. */
const MARK = /⟦(\d+)⟧/g;

/**
 * Lists the values that a view shows as text, not in attributes: `<p dir="auto"><%= name %></p>` shows `name` within
 * `<p dir="auto">`.
 */
function shownBy(view: string, source: string): Shown[] {
  const values: string[] = [];
  const markup = source
    .replace(/<%=([\s\S]*?)%>/g, (_, value: string) => `⟦${values.push(value.trim()) - 1}⟧`)
    .replace(/<%[\s\S]*?%>/g, "");
  const open: string[] = [];
  const shown: Shown[] = [];
  for (const [part] of markup.matchAll(/<!?\/?[a-z⟦](?:"[^"]*"|[^"<>])*>|[^<]+/gi)) {
    if (part.startsWith("</")) open.splice(open.findLastIndex((tag) => part.slice(2, -1) === getName(tag)));
    else if (part.startsWith("<") && !VOID.test(part)) open.push(part);
    else if (!part.startsWith("<"))
      for (const [, index] of part.matchAll(MARK))
        shown.push({ view, value: values[Number(index)] ?? "", around: [...open] });
  }
  return shown;
}

const getName = (tag: string) => /^<([^\s>]+)/.exec(tag)?.[1];

const shown = listViewNames(here("views")).flatMap((name) =>
  shownBy(name, readFileSync(getViewFile(here("views"), name), "utf8")),
);

/** Names of values that users write, as a word or a line, in any script. */
const WRITTEN =
  /(?:^|[.\s])(?:name|title|excerpt|bio|place|description|reason|about|domain|label|text|value)(?: \|\| [\w.]+)?$/;

/** Values with one of these names that contain our own English texts. */
const OURS = [
  /^page\.title$/,
  /^(?:call|field|type|chart|parameter|linked\(one\)|formatTime\(.*\)|roles\[one\.role\])\./,
  /^title$/,
  /^(?:text|label|about|(?:flash|again)\.text|at\.text|author\.phone\.text|words)$/,
];
const OUR_VIEWS = /^(?:system\/api-docs\/index|partials\/controls\/ticks|system\/dev-mailbox\/index)$/;
const LOG_NAMES = { view: "admin/_audit-log", value: "name" };

test("every view and email shows the texts of users in their own direction", () => {
  const written = shown.filter(
    ({ view, value }) =>
      WRITTEN.test(value) &&
      !OURS.some((our) => our.test(value)) &&
      !OUR_VIEWS.test(view) &&
      !(view === LOG_NAMES.view && value === LOG_NAMES.value),
  );
  assert.ok(written.length > 30, String(written.length));
  const lost = written.filter(({ around }) => !around.some((tag) => /^<bdi>|\sdir="auto"/.test(tag)));
  assert.deepEqual(
    lost.map(({ view, value }) => `${view}: ${value}`),
    [],
  );
});

test("every view, email and message shows email addresses in their own script, not in punycode", () => {
  const addresses = shown.filter(({ value }) => /\b(?:email|pending)\b/i.test(value) && !/[?"]/.test(value));
  assert.ok(addresses.length > 10, String(addresses.length));
  assert.deepEqual(
    addresses.filter(({ value }) => !value.startsWith("formatEmail(")).map(({ view, value }) => `${view}: ${value}`),
    [],
  );
  const routes = readdirSync(here("src/routes"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  for (const file of routes)
    assert.doesNotMatch(readFileSync(join(here("src/routes"), file), "utf8"), /\$\{(?:\w+\.)*email\}/, file);
});
