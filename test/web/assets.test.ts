import "../support/environment.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import express from "express";
import { createAssets, sheets } from "../../src/web/assets.js";
import { temporaryDirectory } from "../support/database/engine.js";

const folder = fileURLToPath(new URL("../../../public", import.meta.url));
const production = { reload: false, join: true };

/** Returns a copy of the files with these modules added. */
function copyWith(modules: Record<string, string>): string {
  const copy = temporaryDirectory();
  cpSync(folder, copy, { recursive: true });
  for (const [name, code] of Object.entries(modules)) writeFileSync(`${copy}/js/${name}.js`, code);
  return copy;
}

test("every stylesheet is in the list, once", () => {
  assert.deepEqual(
    [...sheets].sort(),
    readdirSync(`${folder}/css`)
      .map((file) => file.replace(".css", ""))
      .sort(),
  );
});

/** Lists the classes that a stylesheet styles on their own, not within selectors such as `.people td`. */
function listClasses(sheet: string): string[] {
  const css = readFileSync(`${folder}/css/${sheet}.css`, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const selectors = [...css.matchAll(/([^{}]+)\{/g)].flatMap(([, text = ""]) => text.split(","));
  return [...new Set(selectors.flatMap((selector) => /^\s*\.([\w-]+)\s*$/.exec(selector)?.[1] ?? []))];
}

// All pages load all stylesheets, so one must not change the classes of another. Only print.css may do that.
test("each class is styled by one stylesheet, apart from print.css", () => {
  const all = sheets.filter((sheet) => sheet !== "print").flatMap(listClasses);
  assert.ok(all.length > 200, "classes are found");
  assert.deepEqual(
    all.filter((name, at) => all.indexOf(name) !== at),
    [],
  );
});

test("in production all stylesheets are joined in order into one, which is cached forever", async () => {
  const { forViews, serve } = createAssets(folder, production);
  assert.equal(forViews.stylesheets.length, 1);
  assert.match(forViews.stylesheets[0] ?? "", /^\/assets\/[0-9a-f]{16}\/css\/all\.css$/);
  const server = express().use(serve).listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}${forViews.stylesheets[0]}`;
  const answer = await fetch(at);
  assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.match(answer.headers.get("content-type") ?? "", /^text\/css/);
  const sent = await answer.text();
  const all = sheets.map((name) => readFileSync(`${folder}/css/${name}.css`, "utf8")).join("\n");
  const essence = (css: string) => css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, "");
  assert.equal(essence(sent), essence(all));
  assert.doesNotMatch(sent, /\/\*|\n\s/, "without comments and indentation");
  assert.equal((await fetch(at, { method: "HEAD" })).status, 200);
});

test("in development each stylesheet is loaded separately", () => {
  const { stylesheets } = createAssets(folder, { reload: true, join: false }).forViews;
  assert.deepEqual(
    stylesheets,
    sheets.map((name) => `/assets/development/css/${name}.css`),
  );
});

test("a change in any stylesheet changes the address of the joined one", () => {
  const copy = copyWith({});
  const first = createAssets(copy, production).forViews.stylesheets;
  assert.deepEqual(createAssets(copy, production).forViews.stylesheets, first);
  appendFileSync(`${copy}/css/print.css`, "\n");
  assert.notDeepEqual(createAssets(copy, production).forViews.stylesheets, first);
});

test("the modules of a page include all direct and indirect imports, each once", () => {
  const copy = copyWith({
    one: 'import { a } from "./two.js";\nimport "./three.js";\nexport const text = "./four.js";',
    two: 'import {\n  b,\n} from "./three.js";\nexport * from "./one.js";\nimport("./four.js");',
    three: 'export { c } from "./five.js";',
    four: "",
    five: "",
  });
  const { withImports } = createAssets(copy, production).forViews;
  assert.deepEqual(withImports(["one", "copy", "copy"]).sort(), ["copy", "five", "one", "three", "two"]);
  assert.deepEqual(withImports([]), []);
});
