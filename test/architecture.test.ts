import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const texts = new Map(files.map((file) => [file, readFileSync(join(src, file), "utf8")]));

/** Which room may know which: docs/decisions and the README tell why. "(types)" may be imported as types only. */
const mayKnow: Record<string, string[]> = {
  lib: [],
  "log.ts": ["config"],
  config: ["lib"],
  definitions: [],
  "errors.ts": [],
  "actor.ts": ["definitions (types)"],
  database: ["lib"],
  models: ["definitions", "lib", "database", "actor.ts (types)"],
  forms: ["definitions", "lib"],
  policies: ["models (types)", "definitions", "actor.ts (types)"],
  services: [
    "policies",
    "models",
    "mail",
    "jobs",
    "definitions",
    "lib",
    "log.ts",
    "errors.ts",
    "config",
    "actor.ts",
    "forms (types)",
  ],
  mail: ["jobs", "models", "definitions", "lib", "config", "log.ts", "actor.ts (types)"],
  jobs: ["mail", "services", "models", "database", "lib", "config", "log.ts", "actor.ts"],
  web: [
    "models",
    "forms (types)",
    "policies",
    "database",
    "definitions",
    "lib",
    "config",
    "errors.ts",
    "actor.ts",
    "log.ts",
  ],
  routes: [
    "forms",
    "services",
    "policies",
    "models",
    "definitions",
    "lib",
    "database",
    "web",
    "errors.ts",
    "actor.ts",
    "log.ts",
    "config",
  ],
  "app.ts": ["web", "routes", "services", "config", "lib"],
  "server.ts": ["app.ts", "web", "services", "jobs", "database", "config", "log.ts", "lib"],
};

type Import = { from: string; typesOnly: boolean };

/** What a file imports, re-exports or loads. */
function importsOf(text: string): Import[] {
  const statements = [...text.matchAll(/^(?:import|export)\s+(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gms)];
  const loads = [...text.matchAll(/\b(?:import|require)\(\s*["']([^"']+)["']/g)];
  return [
    ...statements.map(([statement, from = ""]) => ({ from, typesOnly: isTypesOnly(statement) })),
    ...loads.map(([, from = ""]) => ({ from, typesOnly: false })),
  ];
}

function isTypesOnly(statement: string): boolean {
  if (/^(import|export)\s+type\s/.test(statement)) return true;
  const names =
    /\{([^}]*)\}/
      .exec(statement)?.[1]
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return names.length > 0 && !/^import\s+\w/.test(statement) && names.every((name) => name.startsWith("type "));
}

const roomOf = (file: string) => file.split("/")[0] ?? "";
const every = [...texts].flatMap(([file, text]) => importsOf(text).map((one) => ({ file, ...one })));
const packageOf = (from: string) => (from.startsWith("@") ? from.split("/").slice(0, 2).join("/") : from.split("/")[0]);
const importers = (name: string) =>
  [...new Set(every.filter(({ from }) => packageOf(from) === name).map(({ file }) => file))].sort();

test("every room has its rule", () => {
  assert.deepEqual([...new Set(files.map(roomOf))].sort(), Object.keys(mayKnow).sort());
  assert.ok(every.length > 150, "the imports are found");
});

test("nobody knows whom they need not know", () => {
  const wrong = every.filter(({ file, from, typesOnly }) => {
    if (!from.startsWith(".")) return false;
    const [own, other] = [roomOf(file), roomOf(normalize(join(dirname(file), from)).replace(/\.js$/, ".ts"))];
    const allowed = mayKnow[own] ?? [];
    return own !== other && !allowed.includes(other) && !(typesOnly && allowed.includes(`${other} (types)`));
  });
  assert.deepEqual(wrong, []);
});

test("some packages have one place", () => {
  assert.deepEqual(importers("csurf"), ["web/csrf.ts"]);
  assert.deepEqual(importers("bcrypt"), ["lib/passwords/worker.ts"]);
  assert.deepEqual(importers("rate-limiter-flexible"), ["models/rate-limit.ts"]);
  assert.deepEqual(importers("pino"), ["log.ts"]);
  assert.deepEqual(importers("ejs"), ["lib/view-engine.ts"]);
  assert.deepEqual(importers("agenda"), ["jobs/channel.ts", "jobs/queue.ts", "jobs/recurring.ts", "jobs/traces.ts"]);
  assert.deepEqual(importers("@agendajs/mongo-backend"), ["jobs/queue.ts"]);
  assert.deepEqual(importers("nodemailer"), ["mail/smtp.ts"]);
  assert.deepEqual(importers("html-to-text"), ["mail/render.ts"]);
  assert.deepEqual(importers("csv-stringify"), ["lib/files/csv.ts"]);
  assert.deepEqual(importers("jose"), ["lib/jwt.ts"]);
  assert.deepEqual(importers("zod-openapi"), ["forms/api/openapi.ts"]);
  assert.deepEqual(importers("cors"), ["web/api/cors.ts"]);
});

test("forms, policies, services and models know nothing of the web; routes nothing of the database's language", () => {
  const valuesOf = (name: string) => [
    ...new Set(
      every.filter(({ from, typesOnly }) => packageOf(from) === name && !typesOnly).map(({ file }) => roomOf(file)),
    ),
  ];
  const rooms = (name: string) => [...new Set(importers(name).map(roomOf))].sort();
  assert.deepEqual(
    rooms("express").filter((room) => !["app.ts", "routes", "web"].includes(room)),
    [],
  );
  assert.deepEqual(
    valuesOf("mongoose").filter((room) => !["models", "database", "web", "jobs"].includes(room)),
    [],
  );
  assert.deepEqual(
    rooms("mongodb").filter((room) => room !== "database"),
    [],
  );
  assert.deepEqual(
    importers("zod").filter((file) => roomOf(file) !== "forms" && file !== "config/index.ts"),
    [],
  );
});

test("only config/index.ts reads the environment", () => {
  const readers = [...texts].filter(([, text]) =>
    /process\s*\.\s*env\b|process\s*\[|loadEnvFile|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*"(node:)?process"/.test(
      text,
    ),
  );
  assert.deepEqual(
    readers.map(([file]) => file),
    ["config/index.ts"],
  );
});

test("files stay small, and have names that say something", () => {
  const long = [...texts]
    .map(([file, text]) => [file, text.trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > 300);
  assert.deepEqual(long, []);
  assert.deepEqual(
    files.filter((file) => /(^|\/)(utils?|helpers?|misc|common|stuff)(\.|\/|-)/.test(file)),
    [],
  );
});

test("no task is left in a comment, and no check is switched off", () => {
  const left = [...texts].filter(([, text]) =>
    /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)|biome-ignore|console\.log/.test(text),
  );
  assert.deepEqual(
    left.map(([file]) => file),
    [],
  );
});
