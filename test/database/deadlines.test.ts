import "../support/environment.js";
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, describe, test } from "node:test";
import type { SessionData } from "express-session";
import mongoose from "mongoose";
import { isUnavailable } from "../../src/database/errors.js";
import { enqueue } from "../../src/jobs/enqueue.js";
import { gridStore } from "../../src/models/avatar/gridfs.js";
import { consume } from "../../src/models/rate-limit.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { findSession, SessionStore } from "../../src/web/session/store.js";
import "../support/app.js";
import { ways } from "../support/database/stuck.js";

const { connection } = mongoose;
const db = () => connection.getClient().db(connection.name);
const things = () => db().collection<{ n: number }>("things");
/** Chunks are small, so that a file has more of them than MongoDB sends at once. */
const bucket = () => new mongoose.mongo.GridFSBucket(db(), { bucketName: "things", chunkSizeBytes: 1_000 });
const drain = async (content: AsyncIterable<unknown>) => {
  for await (const _ of content);
};
const settled = (act: (done: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
async function upload() {
  const stream = bucket().openUploadStream("a file");
  await pipeline(Readable.from([Buffer.alloc(FILE_BYTES)]), stream);
  return stream.id;
}
const session = { cookie: { originalMaxAge: null } } as unknown as SessionData;
const FILE_BYTES = 300_000;

let n = 10;
let open: { rest: () => Promise<unknown>; download: Readable };
let store: SessionStore;
let file: mongoose.mongo.ObjectId;

/** Every kind of operation that the application or one of its libraries uses. */
const kinds: Record<string, () => Promise<unknown>> = {
  find: () => things().find().toArray(),
  findOne: () => things().findOne(),
  "find of Mongoose": () => User.find().limit(1),
  "aggregate of Mongoose": () => User.aggregate([{ $limit: 1 }]),
  "a cursor of Mongoose": () => drain(User.find().cursor()),
  exists: () => User.exists({ username: "ada" }),
  aggregate: () => things().aggregate([]).toArray(),
  countDocuments: () => things().countDocuments(),
  estimatedDocumentCount: () => things().estimatedDocumentCount(),
  distinct: () => things().distinct("n"),
  insertOne: () => things().insertOne({ n: n++ }),
  insertMany: () => things().insertMany([{ n: n++ }]),
  updateOne: () => things().updateOne({ n: 1 }, { $set: { seen: true } }),
  "updateOne of Mongoose": () => User.updateOne({ username: "ada" }, { $set: { bio: "" } }),
  updateMany: () => things().updateMany({}, { $set: { seen: true } }),
  findOneAndUpdate: () => things().findOneAndUpdate({ n: 1 }, { $set: { seen: true } }),
  replaceOne: () => things().replaceOne({ n: 1 }, { n: 1 }),
  deleteOne: () => things().deleteOne({ n: 0 }),
  deleteMany: () => things().deleteMany({ n: 0 }),
  "bulkWrite of a collection": () =>
    things().bulkWrite([{ updateOne: { filter: { n: 1 }, update: { $set: { n: 1 } } } }]),
  command: () => db().command({ ping: 1 }),
  createIndex: () => things().createIndex({ n: 1 }),
  listIndexes: () => things().listIndexes().toArray(),
  listCollections: () => db().listCollections().toArray(),
  "a cursor that is open (getMore)": () => open.rest(),
  "a download that has begun": () => drain(open.download),
  "a download (GridFS)": () => drain(bucket().openDownloadStream(file)),
  "an upload (GridFS)": () => upload(),
  "storing a picture": () => gridStore.put("picture", Buffer.alloc(10), "image/webp"),
  "reading a picture": () => gridStore.get("picture"),
  "a job (Agenda)": () => enqueue("no-such-job", {}),
  "a rate limit (rate-limiter-flexible)": () => consume("deadlines", String(n++), { points: 5, durationSeconds: 60 }),
  "reading a session in a batch": () => findSession("none"),
  "reading a session": () => settled((done) => store.get("none", done)),
  "writing a session": () => settled((done) => store.set("one", { ...session }, done)),
  "extending sessions": () => Session.prolong(new Map([["one", { expires: new Date(), lastModified: new Date() }]])),
  "counting sessions (connect-mongo)": () => settled((done) => store.length(done)),
  "ending a session": () => settled((done) => store.destroy("two", done)),
};

before(async () => {
  store = new SessionStore(findSession);
  await things().insertMany(Array.from({ length: 500 }, (_, n) => ({ n })));
  file = await upload();
});

/** Opens a cursor and a download, and reads a part of each. */
async function openSome() {
  const cursor = things().find({}, { batchSize: 2 });
  await cursor.next();
  const download = bucket().openDownloadStream(file);
  await new Promise((resolve) => download.once("readable", resolve));
  download.read(1);
  return { rest: () => cursor.toArray(), download };
}

for (const [way, stick] of Object.entries(ways)) {
  describe(`when ${way}`, () => {
    let outcomes: Map<string, unknown>;
    before(
      async () => {
        await kinds["writing a session"]?.();
        open = await openSome();
        const release = stick();
        after(release);
        const all = Object.entries(kinds).map(async ([kind, act]) => [kind, await act().catch((e) => e)] as const);
        outcomes = new Map(await Promise.all(all));
        release();
        open = await openSome();
      },
      { timeout: 25_000 },
    );

    for (const kind of Object.keys(kinds))
      test(`${kind} fails as unavailable within the deadline, then recovers`, { timeout: 10_000 }, async () => {
        const error = outcomes.get(kind);
        assert.ok(isUnavailable(error), String((error as Error)?.stack ?? error));
        await kinds[kind]?.();
      });
  });
}
