import "../support/environment.js";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import mongoose from "mongoose";
import { ensureIndexes, RETIRED } from "../../src/database/indexes.js";
import { openDatabase } from "../../src/database/open.js";
import "../../src/models/audit-event.js";
import "../../src/models/post.js";
import "../../src/models/user.js";
import { silent, temporaryDirectory, temporaryEngine } from "../support/database/engine.js";

const { uri } = await temporaryEngine();
const database = await openDatabase({ uri, dataDir: temporaryDirectory(), log: silent });
after(() => database.close());

const namesIn = async (collection: string) =>
  (await mongoose.connection.collection(collection).indexes()).map(({ name }) => String(name)).sort();

for (const [collection, retired] of Object.entries(RETIRED)) {
  test(`an upgrade drops only the retired indexes of ${collection}`, async () => {
    const declared = await namesIn(collection);
    for (const name of retired) {
      assert.ok(!declared.includes(name), `${name} is retired and declared`);
      await mongoose.connection.collection(collection).createIndex({ [`old-${name}`]: 1 }, { name });
    }
    await mongoose.connection.collection(collection).createIndex({ own: 1 }, { name: "an-operators-own" });
    await ensureIndexes();
    assert.deepEqual(await namesIn(collection), [...declared, "an-operators-own"].sort());
  });
}
