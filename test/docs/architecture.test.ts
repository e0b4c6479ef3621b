import "../support/environment.js";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import mongoose from "mongoose";

const page = readFileSync("docs/architecture.md", "utf8");
const part = (title: string) => page.split(/^## /m).find((text) => text.startsWith(title)) ?? "";
const models = readdirSync("src/models").filter((file) => file.endsWith(".ts"));
await Promise.all(models.map((file) => import(`../../src/models/${file.replace(/\.ts$/, ".js")}`)));

test("the tree lists exactly the folders of src", () => {
  const folders = readdirSync("src", { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const named = [...part("The tree").matchAll(/([a-z0-9-]+)\/(?=\s)/g)].map(([, name]) => name);
  const others = ["src", "views", "public", "test", "e2e", "scripts", "docs", "deploy"];
  assert.deepEqual([...new Set(named)].sort(), [...new Set([...folders.map(({ name }) => name), ...others])].sort());
});

test("the table of imports matches the checked rules", async () => {
  const { mayImport } = await import(pathToFileURL(".dependency-cruiser.js").href);
  const rows = [...part("Who may import whom").matchAll(/^\| ((?:`[a-z]+`(?:, )?)+) \| ([^;|]*)/gm)];
  const table = rows.flatMap(([, names = "", known = ""]) =>
    [...names.matchAll(/`([a-z]+)`/g)].map(([, name = ""]) => [name, known.trim().split(", ").sort()]),
  );
  for (const [name, known] of table.filter(([name]) => name !== "views")) {
    const folders = mayImport[String(name)].filter((other: string) => /^[a-z]+$/.test(other)).sort();
    assert.deepEqual(known, folders.length === 0 ? ["nothing of ours"] : folders, String(name));
  }
  assert.equal(table.length, 15);
});

test("the table of collections is complete", () => {
  const used = Object.values(mongoose.models).map(({ collection }) => collection.collectionName);
  const lines = [...part("Data").matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(lines.sort(), [...used, "jobs"].sort());
});

test("the files named in the diagrams exist", () => {
  const named = [...page.matchAll(/participant \w+ as (\S+)/g)].map(([, name = ""]) => name);
  const outside = ["MongoDB", "Passport"];
  const missing = named.filter(
    (name) => !outside.includes(name) && !existsSync(`src/${name}`) && !existsSync(`src/${name}.ts`),
  );
  assert.deepEqual(missing, []);
  assert.ok(named.length > 10);
});

test("no message in a diagram contains a semicolon, which ends a line in Mermaid", () => {
  const diagrams = [...page.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  assert.equal(diagrams.length, 4);
  assert.deepEqual(
    diagrams.filter((text) => text.includes(";")),
    [],
  );
});

test("each background job has a row in docs/operations.md, and each row is a job", () => {
  const source = readFileSync("src/jobs/schedule.ts", "utf8");
  const handlers = source.slice(source.indexOf("const handlers"), source.indexOf("/** Intervals"));
  const jobs = [...handlers.matchAll(/(?:^ {2}|\{ )"?([a-z][a-z-]+)"?: /gm)].map(([, name]) => name);
  assert.ok(jobs.length >= 10, String(jobs));
  const section = readFileSync("docs/operations.md", "utf8")
    .split(/^## /m)
    .find((text) => text.startsWith("Background jobs"));
  const rows = [...(section ?? "").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), jobs.sort());
});
