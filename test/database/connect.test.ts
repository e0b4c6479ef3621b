import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mongoose, { Schema } from "mongoose";
import { connectDatabase, disconnect } from "../../src/database/connect.js";
import type { Embedded } from "../../src/database/embedded/index.js";
import { isDuplicate, isUnavailable } from "../../src/database/errors.js";
import { ensureIndexes } from "../../src/database/indexes.js";
import { batchWrites } from "../../src/lib/async/batch-writer.js";
import { temporaryEngine } from "../support/database/engine.js";

const Person = mongoose.model(
  "Person",
  new Schema({
    username: { type: String, unique: true },
    email: { type: String, unique: true },
    age: Number,
  }),
);

describe("with a connection", () => {
  let engine: Embedded;
  before(async () => {
    engine = await temporaryEngine();
    await connectDatabase({ uri: engine.uri, queryMs: 300 });
  });
  after(disconnect);

  test("indexes can be created repeatedly, and a duplicate names the field", async () => {
    await ensureIndexes();
    await ensureIndexes();
    await Person.create({ username: "ada", email: "ada@example.org" });
    const error = await Person.create({ username: "ada", email: "other@example.org" }).catch((e: unknown) => e);
    assert.equal(isDuplicate(error), true);
    assert.equal(isDuplicate(error, "username"), true);
    assert.equal(isDuplicate(error, "email"), false);
  });

  test("writes to the embedded engine wait for the journal only, not for a majority", () => {
    const { w, journal } = mongoose.connection.getClient().options.writeConcern ?? {};
    assert.deepEqual({ w, journal }, { w: 1, journal: true });
  });

  test("closing waits for writes that nobody waits for", async () => {
    const people = batchWrites<object>(
      (all) => mongoose.connection.collection("written").insertMany([...all.values()]),
      (error) => assert.ifError(error),
    );
    people.add("late", { name: "late" });
    await disconnect();
    await connectDatabase({ uri: engine.uri, queryMs: 300 });
    assert.equal(await mongoose.connection.collection("written").countDocuments({ name: "late" }), 1);
  });

  test("other errors do not count as duplicates", () => {
    for (const other of [null, undefined, "11000", new Error("E11000"), { code: 121 }]) {
      assert.equal(isDuplicate(other), false);
    }
    assert.equal(isDuplicate({ code: 11000 }, "email"), false);
  });

  test("a unique index that cannot be built produces a message with a fix", async () => {
    await Person.collection.drop();
    await Person.collection.insertMany([
      { username: "a", email: "same@example.org" },
      { username: "b", email: "same@example.org" },
    ]);
    await assert.rejects(ensureIndexes(), (error: Error) => {
      assert.equal(error.name, "IndexFailed");
      assert.match(error.message, /unique index on email cannot be built.*in people have the same/);
      assert.doesNotMatch(error.message, /example\.org/);
      return true;
    });
    await Person.collection.drop();
  });

  test("an index with other options produces a message with a fix", async () => {
    await Person.collection.createIndex({ username: 1 });
    await assert.rejects(ensureIndexes(), { name: "IndexFailed", message: /Drop the old index/ });
    await Person.collection.drop();
  });

  test("operators in values and unknown fields in filters are refused", async () => {
    await Person.create({ username: "eve", email: "eve@example.org" });
    const email = { $ne: null } as unknown as string;
    assert.equal(await Person.findOne({ email }).catch(() => null), null);
    await assert.rejects(Person.findOne({ isAdmin: true } as object), { name: "StrictModeError" });
  });

  test("the server ends a query that takes too long", async () => {
    await Person.insertMany(
      Array.from({ length: 1500 }, (_, age) => ({ username: `u${age}`, email: `u${age}@example.org`, age })),
    );
    const younger = { $match: { $expr: { $lt: ["$age", "$$age"] } } };
    const lookup = { from: "people", let: { age: "$age" }, pipeline: [younger], as: "younger" };
    const pipeline = [{ $lookup: lookup }, { $unwind: "$younger" }, { $count: "pairs" as const }];
    const error = await Person.aggregate(pipeline).catch((e: unknown) => e);
    assert.equal((error as { codeName?: string }).codeName, "MaxTimeMSExpired");
    assert.equal(isUnavailable(error), true);
  });
});

test("an unreachable database produces one message, without the password", async () => {
  const attempt = connectDatabase({ uri: "mongodb://ada:secret@127.0.0.1:5199/postern", waitMs: 200 });
  await assert.rejects(attempt, (error: Error) => {
    assert.equal(error.name, "DatabaseUnreachable");
    assert.match(error.message, /No MongoDB answers at mongodb:\/\/…@127\.0\.0\.1:5199/);
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(isUnavailable(error), true);
    assert.equal(isUnavailable(error.cause), true);
    return true;
  });
});
