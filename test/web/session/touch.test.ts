import "../../support/environment.js";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Agent, type ClientRequest, get } from "node:http";
import { after, mock, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import mongoose, { trusted } from "mongoose";
import { config } from "../../../src/config/index.js";
import { whenAllWritten } from "../../../src/lib/async/batch-writer.js";
import { storageId } from "../../../src/lib/secrets.js";
import { Session } from "../../../src/models/session.js";
import { keepAlive } from "../../../src/web/session/store.js";
import { origin } from "../../support/app.js";
import { member } from "../../support/users.js";

test("a session that cannot be extended affects neither the response nor its connection", async () => {
  const ada = await member();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  after(() => agent.destroy());
  const headers = { cookie: [...ada.cookies].map((pair) => pair.join("=")).join("; ") };
  const dashboard = () =>
    new Promise<{ status?: number; text: string; request: ClientRequest }>((resolve, reject) => {
      const request = get(`${origin}/dashboard`, { agent, headers }, async (res) => {
        let text = "";
        for await (const piece of res) text += piece;
        resolve({ ...(res.statusCode && { status: res.statusCode }), text, request });
      }).once("error", reject);
    });
  const failing = mock.method(Session.collection, "bulkWrite", async () => {
    throw new mongoose.mongo.MongoNetworkError("gone");
  });
  for (const isReused of [false, true, true]) {
    await Session.updateMany({}, { lastModified: new Date(Date.now() - config.sessionIdleMs / 2) });
    const { status, text, request } = await dashboard();
    assert.equal(status, 200);
    assert.match(text, /<\/html>\s*$/);
    assert.equal(request.reusedSocket, isReused);
    await pause(20); // the error comes after the response
  }
  assert.equal(failing.mock.callCount(), 3);
  failing.mock.restore();
});

/** Creates sessions that were extended long ago, and returns their ids. */
async function idleSessions(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const lastModified = new Date(Date.now() - config.sessionIdleMs / 2);
  await Session.insertMany(ids.map((id) => ({ _id: storageId(id), session: {}, lastModified, expires: lastModified })));
  return ids;
}
const longAgo = new Date(0);

test("the sessions of one moment are extended in one write, each once", async () => {
  const ids = await idleSessions(20);
  const updates: number[] = [];
  const note = ({ commandName, command }: { commandName: string; command: { updates?: unknown[] } }) => {
    if (commandName === "update") updates.push(command.updates?.length ?? 0);
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", note);
  for (const id of [...ids, ...ids]) keepAlive(id, longAgo);
  await whenAllWritten();
  client.off("commandStarted", note);
  assert.deepEqual(updates, [20]);
  for (const session of await Session.find({ _id: trusted({ $in: ids.map(storageId) }) }).lean())
    assert.ok(Number(session.expires) > Date.now() + config.sessionIdleMs - 60_000, String(session.expires));
});

test("a session that ends before its extension is written stays ended", async () => {
  const [id = ""] = await idleSessions(1);
  await Session.end(storageId(id));
  const ended = await Session.findById(storageId(id)).lean();
  keepAlive(id, longAgo);
  await whenAllWritten();
  assert.deepEqual(await Session.findById(storageId(id)).lean(), ended);
});

test("after a failed write, the next request extends the session", async () => {
  const [id = ""] = await idleSessions(1);
  const failing = mock.method(Session.collection, "bulkWrite", () =>
    Promise.reject(new mongoose.mongo.MongoNetworkError("gone")),
  );
  keepAlive(id, longAgo);
  await whenAllWritten();
  failing.mock.restore();
  keepAlive(id, longAgo);
  await whenAllWritten();
  const session = await Session.findById(storageId(id)).lean();
  assert.ok(Number(session?.expires) > Date.now());
});
