import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

type Name = { file: string; name: string; kind: string; isExported: boolean; isFunction: boolean };

/** Predicates that read as a sentence: `isEntryOf(document, entry)`. */
const isPredicate = (name: string) => /^(is|has)[A-Z]/.test(name);
const declaration = /^( *)(export )?(?:async )?(function\*?|const|class|type|interface) (\w+)(.*)$/gm;

/**
 * Lists the names that a module declares, at any depth. Biome formats all declarations alike, so one line is enough to
 * see which it is.
 */
function listNames(file: string): Name[] {
  const text = readFileSync(`src/${file}`, "utf8");
  const members = [...text.matchAll(/^ +(?:async )?\*?(\w+)(?:: (?:async )?\([^\n]*=>|\([^\n]*\{$)/gm)];
  return [
    ...[...text.matchAll(declaration)].map(([, , exported, kind = "", name = "", rest = ""]) => {
      const isFunction = kind.startsWith("function") || (kind === "const" && /=> |=>$|= (async )?\($/.test(rest));
      return { file, name, kind, isExported: exported !== undefined, isFunction };
    }),
    ...members.map(([, name = ""]) => ({ file, name, kind: "method", isExported: false, isFunction: true })),
  ];
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const names = files.flatMap(listNames);

test("function names begin with a verb: none has the form xOf or inX", () => {
  const wrong = names.filter(({ name, isFunction }) => isFunction && !isPredicate(name) && /Of$|^in[A-Z]/.test(name));
  assert.deepEqual(
    wrong.map(({ file, name }) => `${file}: ${name}`),
    [],
  );
  assert.ok(names.filter(({ isFunction }) => isFunction).length > 1_000, "the functions are found");
});

test("no two modules export the same name", () => {
  const seen = new Map<string, Set<string>>();
  for (const { file, name, isExported } of names)
    if (isExported) seen.set(name, (seen.get(name) ?? new Set()).add(file));
  const twice = [...seen]
    .filter(([, where]) => where.size > 1)
    .map(([name, where]) => `${name}: ${[...where].join(", ")}`);
  assert.deepEqual(twice, []);
  assert.ok(seen.size > 600, "the exports are found");
});
