import "../support/app.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import mongoose from "mongoose";

const src = fileURLToPath(new URL("../../../src/", import.meta.url));

test("every index that a query hint names exists, because the database refuses unknown ones", async () => {
  const names = new Set<string>();
  for (const collection of await mongoose.connection.listCollections())
    for (const { name } of await mongoose.connection.collection(collection.name).indexes()) names.add(String(name));
  const hints = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("definitions")) // their hints are texts for forms
    .flatMap((file) =>
      [...readFileSync(src + file, "utf8").matchAll(/\bhint: "([^"]+)"/g)].map(([, hint = ""]) => hint),
    );
  assert.ok(hints.length > 0);
  assert.deepEqual(
    hints.filter((hint) => !names.has(hint)),
    [],
  );
});
