import "../support/environment.js";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import mongoose from "mongoose";
import { avatarFileCollections, droppedCollections, keptCollections } from "../../src/models/backup/collections.js";

const files = readdirSync("src/models").filter((file) => file.endsWith(".ts"));
await Promise.all(files.map((file) => import(`../../src/models/${file.replace(/\.ts$/, ".js")}`)));

test("a backup keeps or drops every collection: a new model must choose", () => {
  const used = Object.values(mongoose.models).map(({ collection }) => collection.collectionName);
  const without = ["exports", "pictures"].flatMap((bucket) => [`${bucket}.files`, `${bucket}.chunks`]); // GridFS
  const decided = [...keptCollections, ...avatarFileCollections, ...Object.keys(droppedCollections)];
  assert.deepEqual(decided.sort(), [...used, ...without, "jobs", "agenda_logs"].sort());
});
