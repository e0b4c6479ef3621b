import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Document, Long, MongoClient } from "mongodb";
import { bson } from "../../../src/database/embedded/engine/bson.js";
import { createCursorReaper } from "../../../src/database/embedded/engine/cursors.js";
import { deleteExpiredDocuments } from "../../../src/database/embedded/engine/ttl.js";
import { createCommandMessage } from "../../../src/database/embedded/engine/wire.js";
import { temporaryEngine } from "../../support/database/engine.js";

describe("tasks that the engine lacks", () => {
  let client: MongoClient;
  const run = (database: string, command: Document) => client.db(database).command(command);
  before(async () => {
    client = new MongoClient((await temporaryEngine()).uri);
  });
  after(() => client.close());

  test("documents are deleted when their TTL index expires them, and no others", async () => {
    const sessions = client.db("postern").collection<{ _id: string; expiresAt?: unknown; kind?: string }>("sessions");
    await sessions.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 60 });
    await sessions.createIndex({ kind: 1 });
    const now = Date.now();
    await sessions.insertMany([
      { _id: "expired", expiresAt: new Date(now - 61_000) },
      { _id: "not yet", expiresAt: new Date(now - 59_000) },
      { _id: "no date", expiresAt: "yesterday" },
      { _id: "none" },
    ]);
    assert.equal(await deleteExpiredDocuments(run, now), 1);
    assert.equal(await deleteExpiredDocuments(run, now), 0);
    assert.equal(await deleteExpiredDocuments(run, now + 2_000), 1);
    const left = await sessions.find().sort({ _id: 1 }).toArray();
    assert.deepEqual(
      left.map(({ _id }) => _id),
      ["no date", "none"],
    );
  });

  test("a partial TTL index spares documents that it does not cover", async () => {
    const tokens = client.db("postern").collection<{ _id: string; at: Date; kind: string }>("tokens");
    const options = { expireAfterSeconds: 0, partialFilterExpression: { kind: "short" } };
    await tokens.createIndex({ at: 1 }, options);
    await tokens.insertMany([
      { _id: "a", at: new Date(0), kind: "short" },
      { _id: "b", at: new Date(0), kind: "long" },
    ]);
    assert.equal(await deleteExpiredDocuments(run), 1);
    assert.equal((await tokens.findOne())?._id, "b");
  });

  test("a cursor idle for ten minutes is closed, one in use is not", async () => {
    let now = 0;
    const reaper = createCursorReaper(() => now);
    const numbers = client.db("postern").collection("numbers");
    await numbers.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })));
    const open = async () => {
      const command = { find: "numbers", batchSize: 2 };
      const reply = await client.db("postern").command(command);
      reaper.note(
        "find",
        createCommandMessage("postern", command),
        Buffer.from(bson.serialize({ cursor: reply.cursor })),
      );
      return Long.fromValue(reply.cursor.id);
    };
    const idle = await open();
    now = 5 * 60_000;
    const used = await open();
    now = 10 * 60_000;
    assert.equal(await reaper.reap(run), 1);
    const getMore = (id: Long) => client.db("postern").command({ getMore: id, collection: "numbers" });
    await assert.rejects(getMore(idle), { codeName: "CursorNotFound" });
    assert.equal((await getMore(used)).ok, 1);
  });

  test("session commands, which crash the engine, are refused", async () => {
    for (const command of ["startSession", "killAllSessions", "refreshSessions"]) {
      await assert.rejects(run("admin", { [command]: 1 }), { codeName: "CommandNotFound" });
    }
    assert.equal((await run("admin", { ping: 1 })).ok, 1);
  });
});
