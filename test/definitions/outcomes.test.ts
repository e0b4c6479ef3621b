import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Node, SourceFile, TypeAliasDeclaration } from "@typescript/native/unstable/ast";
import * as is from "@typescript/native/unstable/ast/is";
import { API, type Type } from "@typescript/native/unstable/sync";
import type { Outcome } from "../../src/definitions/outcomes.js";

// @ts-expect-error: a word that is not in the vocabulary does not compile
const unknown: Outcome<"gone"> = "gone";
assert.ok(unknown);

const root = fileURLToPath(new URL("../../../", import.meta.url));
const api = new API({ cwd: root });
after(() => api.close());
const config = `${root}tsconfig.json`;
const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config) ?? assert.fail();

/** String types outside of src/definitions that are not outcomes. */
const others = [
  ["lib/files/age.ts", "Encryption"],
  ["lib/files/images.ts", "Refusal"], // the reason why a picture is refused, stored with the picture
  ["metrics/accounts.ts", "LoginRefusal"],
  ["metrics/emails.ts", "DeliveryLabel"],
  ["models/user/search/indexes.ts", "IndexName"],
  ["models/webhook.ts", "PausedBy"],
  ["services/avatar/avatar.ts", "AvatarState"],
  ["services/invitation/list.ts", "InvitationStatus"],
  ["services/mail/limits.ts", "MailRequester"],
];

const filesIn = (folder: string): SourceFile[] =>
  program
    .getSourceFileNames()
    .filter((name) => name.startsWith(`${root}src/${folder}`))
    .map((name) => program.getSourceFile(name) ?? assert.fail(name));

/** Returns the strings of a type, also within a promise and in `{ outcome }` or `{ reason }`. */
function wordsOf(type: Type | undefined): string[] {
  if (!type) return [];
  if (type.isStringLiteralType()) return [type.value];
  if (type.isUnionType()) return type.getTypes().flatMap(wordsOf);
  if (!type.isObjectType()) return [];
  if (type.isTypeReference() && type.getSymbol()?.name === "Promise")
    return checker.getTypeArguments(type).flatMap(wordsOf);
  return ["outcome", "reason", "refusal", "result"].flatMap((name) => {
    const property = checker.getPropertyOfType(type, name);
    return property ? wordsOf(checker.getTypeOfSymbol(property)) : [];
  });
}

const aliasesOf = (file: SourceFile): TypeAliasDeclaration[] => file.statements.filter(is.isTypeAliasDeclaration);

function wordsOfAlias({ name }: TypeAliasDeclaration): string[] {
  const symbol = checker.getSymbolAtLocation(name) ?? assert.fail(name.text);
  return wordsOf(checker.getDeclaredTypeOfSymbol(symbol));
}

const [home] = filesIn("definitions/outcomes.ts");
const declaration = aliasesOf(home ?? assert.fail()).find(({ name }) => name.text === "Word") ?? assert.fail();
const vocabulary = wordsOfAlias(declaration);

const other = ([file, type]: string[]) =>
  filesIn(String(file))
    .flatMap(aliasesOf)
    .find(({ name }) => name.text === type) ?? assert.fail(`${file} has no ${type}`);

/** Declared types. A function may return all words of one of them. */
const definitions = [
  ...filesIn("definitions/")
    .filter((file) => file !== home)
    .flatMap(aliasesOf),
  ...others.map(other),
]
  .map(wordsOfAlias)
  .filter((words) => words.length > 0);

const isFunction = (node: Node) =>
  is.isFunctionDeclaration(node) ||
  is.isMethodDeclaration(node) ||
  is.isArrowFunction(node) ||
  is.isFunctionExpression(node);

/** Returns the functions of a file, except nested ones. */
function functionsOf(file: SourceFile): Node[] {
  const found: Node[] = [];
  const visit = (node: Node): void => {
    if (isFunction(node)) found.push(node);
    else node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

function answersOf(file: SourceFile) {
  return functionsOf(file).map((node) => {
    const signature = checker.getSignatureFromDeclaration(node) ?? assert.fail();
    const words = wordsOf(checker.getReturnTypeOfSignature(signature));
    const line = file.text.slice(0, node.getStart(file)).split("\n").length;
    return { at: `${file.fileName.slice(root.length)}:${line}`, words };
  });
}

const answers = ["models/", "services/", "mail/"].flatMap(filesIn).flatMap(answersOf);

test("models, services and mail return only shared outcomes or types from src/definitions", () => {
  assert.ok(answers.length > 700, "the functions are found");
  const strange = answers.flatMap(({ at, words }) => {
    const allowed = definitions.filter((all) => all.every((word) => words.includes(word))).flat();
    const unknown = words.filter((word) => !vocabulary.includes(word) && !allowed.includes(word));
    return unknown.length > 0 ? [{ at, unknown }] : [];
  });
  assert.deepEqual(strange, []);
});

test("each shared outcome is used and documented", () => {
  const used = new Set(answers.flatMap(({ words }) => words));
  assert.deepEqual(
    vocabulary.filter((word) => !used.has(word)),
    [],
  );
  assert.ok(is.isUnionTypeNode(declaration.type));
  const comments = declaration.type.types.map((one, n, all) =>
    home?.text.slice(all[n - 1]?.end ?? declaration.name.end, one.getStart(home)),
  );
  assert.equal(comments.length, vocabulary.length);
  assert.deepEqual(
    comments.filter((text) => !text?.includes("/** ")),
    [],
  );
});
