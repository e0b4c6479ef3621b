import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

type Name = { file: string; name: string; isExported: boolean; isFunction: boolean };

/** Returns true for names of predicates, which may read as a sentence: `isEntryOf(document, entry)`. */
const isPredicate = (name: string) => /^(is|has)[A-Z]/.test(name);
const isFunction = (node?: ts.Node) =>
  node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));

/** Lists the names that a module declares, at any depth: functions, methods, variables, classes and types. */
function listNames(file: string): Name[] {
  const names: Name[] = [];
  const add = (node: ts.Node, name: ts.Node | undefined, isCalled: boolean) => {
    if (!name || !ts.isIdentifier(name)) return;
    const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node;
    const isExported =
      ts.canHaveModifiers(holder) && holder.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    names.push({ file, name: name.text, isExported: isExported === true, isFunction: isCalled });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) add(node, node.name, true);
    else if (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node))
      add(node, node.name, isFunction(node.initializer));
    else if (ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node))
      add(node, node.name, false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(`src/${file}`, "utf8"), ts.ScriptTarget.ES2023, true));
  return names;
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
