import "../support/environment.js";
import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";
import mongoose from "mongoose";
import { isDuplicate, isUnavailable } from "../../src/database/errors.js";
import { writeInOrder, writeTogether } from "../../src/database/write-together.js";
import { whenAllWritten } from "../../src/lib/async/batch-writer.js";
import "../support/app.js";

const [fruits, trees] = [mongoose.connection.collection("fruits"), mongoose.connection.collection("trees")];
const client = mongoose.connection.getClient();
const names: string[] = [];
const note = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
  const isOurs = commandName === "bulkWrite" || ["fruits", "trees"].includes(String(command[commandName]));
  if (isOurs && ["bulkWrite", "insert", "update"].includes(commandName)) names.push(commandName);
};
client.on("commandStarted", note);
after(() => void client.off("commandStarted", note));
beforeEach(async () => {
  await whenAllWritten();
  await Promise.all([fruits.deleteMany({}), trees.deleteMany({})]);
  names.length = 0;
});

const insert = (id: string, where = fruits) => writeTogether(where, { insertOne: { document: { _id: id } } });
const count = (id: string, where = trees) =>
  writeTogether(where, { updateOne: { filter: { _id: id }, update: { $inc: { n: 1 } }, upsert: true } });
const list = (where = fruits) => where.find().sort({ _id: 1 }).toArray();

/** Five writes of one moment to two collections. One of them violates a unique index. */
async function writeFive() {
  const results = await Promise.allSettled([
    insert("apple"),
    insert("apple"),
    count("oak"),
    count("oak"),
    insert("fig"),
  ]);
  const [, second, third, fourth] = results;
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"],
  );
  assert.ok(second?.status === "rejected" && isDuplicate(second.reason, "_id"));
  assert.equal(isDuplicate(second.reason, "name"), false);
  assert.deepEqual(
    [third, fourth].map((one) => one?.status === "fulfilled" && one.value.isUpserted),
    [true, false],
  );
  assert.deepEqual(await list(), [{ _id: "apple" }, { _id: "fig" }]);
  assert.deepEqual(await list(trees), [{ _id: "oak", n: 2 }]);
}

test("writes of one moment to several collections are one command, and each has its own result", async () => {
  await writeFive();
  assert.deepEqual(names, ["bulkWrite"]);
});

test("writes to one collection are a command of that collection", async () => {
  await Promise.all([insert("apple"), insert("fig")]);
  assert.deepEqual(names, ["insert"]);
});

test("writes that arrive while two commands are in progress share the next one", async () => {
  const writes: Promise<unknown>[] = [];
  for (let n = 0; n < 40; n += 1) {
    writes.push(insert(`fruit ${n}`), count("oak"));
    if (n < 3) await new Promise(setImmediate);
  }
  await Promise.all(writes);
  assert.ok(names.length <= 4, names.join());
  assert.deepEqual(await list(trees), [{ _id: "oak", n: 40 }]);
});

test("more writes than fit into a command are all made", async () => {
  await Promise.all(Array.from({ length: 450 }, (_, n) => (n % 2 ? insert(`fruit ${n}`) : count("oak"))));
  assert.equal((await list()).length, 225);
  assert.deepEqual(await list(trees), [{ _id: "oak", n: 225 }]);
});

test("without an answer of the database, all writes of the command fail", async () => {
  const gone = mock.method(client, "bulkWrite", () => Promise.reject(new mongoose.mongo.MongoNetworkError("gone")));
  const results = await Promise.allSettled([insert("apple"), count("oak")]);
  gone.mock.restore();
  assert.ok(results.every((one) => one.status === "rejected" && isUnavailable(one.reason)));
  await Promise.all([insert("apple"), count("oak")]);
});

test("writes that may be repeated are sent once more if there is no answer", async () => {
  const gone = mock.method(client, "bulkWrite", () => Promise.reject(new mongoose.mongo.MongoNetworkError("gone")));
  const plant = { updateOne: { filter: { _id: "oak" }, update: { $set: { n: 1 } }, upsert: true } };
  const both = Promise.all([
    writeTogether(trees, plant, { mayRepeat: true }),
    writeTogether(fruits, { ...plant }, { mayRepeat: true }),
  ]);
  await new Promise(setImmediate);
  gone.mock.restore();
  await both;
  assert.equal(gone.mock.callCount(), 1);
  assert.deepEqual([await list(), await list(trees)], [[{ _id: "oak", n: 1 }], [{ _id: "oak", n: 1 }]]);
});

test("waiting for all writes includes these", async () => {
  void insert("apple");
  void count("oak");
  await whenAllWritten();
  assert.deepEqual([(await list()).length, (await list(trees)).length], [1, 1]);
});

/** Plants a tree, then a fruit. The tree may be planted twice. */
const plantThen = (tree: object, fruit: string) =>
  writeInOrder([
    { collection: trees, write: { updateOne: { filter: { _id: fruit }, update: tree, upsert: true } } },
    { collection: fruits, write: { updateOne: { filter: { _id: fruit }, update: { $set: { n: 1 } }, upsert: true } } },
  ]);

test("sequences of one moment are one command, and keep their order", async () => {
  await Promise.all(["apple", "fig", "pear"].map((fruit) => plantThen({ $set: { n: 1 } }, fruit)));
  assert.deepEqual(names, ["bulkWrite"]);
  assert.deepEqual([(await list()).length, (await list(trees)).length], [3, 3]);
});

test("a sequence that fails makes none of its later writes, and hinders no other", async () => {
  const results = await Promise.allSettled([
    plantThen({ $set: { n: 1 } }, "apple"),
    plantThen({ $set: { _id: "another" } }, "fig"),
    plantThen({ $set: { n: 1 } }, "pear"),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const ids = async (where = fruits) => (await list(where)).map(({ _id }) => String(_id));
  assert.deepEqual(
    [await ids(), await ids(trees)],
    [
      ["apple", "pear"],
      ["apple", "pear"],
    ],
  );
});

test("a MongoDB before version 8 gets one command for each collection, with the same results", async () => {
  const cause = new mongoose.mongo.MongoServerError({ message: "no such command: 'bulkWrite'", code: 59 });
  const failed = Object.assign(new mongoose.mongo.MongoClientBulkWriteError({ message: "failed" }), { cause });
  const unknown = mock.method(client, "bulkWrite", () => Promise.reject(failed));
  await writeFive();
  await Promise.all([insert("pear"), count("oak")]);
  unknown.mock.restore();
  assert.equal(unknown.mock.callCount(), 1, "it is asked only once");
  assert.ok(!names.includes("bulkWrite"), names.join());
});
