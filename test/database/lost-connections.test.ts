import "../support/environment.js";
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import mongoose from "mongoose";
import { connectDatabase, disconnect } from "../../src/database/connect.js";
import type { Embedded } from "../../src/database/embedded/index.js";
import { isUnavailable } from "../../src/database/errors.js";
import { temporaryEngine } from "../support/database/engine.js";

const POOL_SIZE = 4;
const things = () => mongoose.connection.collection<{ n: number }>("things");

/** All sockets of this process. */
const sockets: Socket[] = [];
const collect = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);

/** Destroys all open sockets. Their `close` event comes later, after the driver has begun to write to them. */
function breakAll() {
  const open = sockets.filter((socket) => !socket.destroyed);
  for (const socket of open) socket.destroy();
  return open.length;
}

const kinds: Record<string, () => Promise<unknown>> = {
  "a read": () => things().findOne(),
  "an aggregation": () => things().aggregate([]).toArray(),
  "an insert": () => things().insertOne({ n: 2 }),
  "a conditional write": () => things().findOneAndUpdate({ n: 1 }, { $inc: { n: 0 } }),
  "a bulk write": () => things().bulkWrite([{ deleteOne: { filter: { n: 2 } } }]),
};
const isRead = (kind: string) => kind === "a read" || kind === "an aggregation";

describe("a connection is lost before the driver notices", () => {
  let engine: Embedded;
  before(async () => {
    subscribe("net.client.socket", collect);
    engine = await temporaryEngine();
    await connectDatabase({ uri: engine.uri, poolSize: POOL_SIZE });
    await things().insertOne({ n: 1 });
  });
  after(async () => {
    unsubscribe("net.client.socket", collect);
    await disconnect();
  });

  for (const [kind, act] of Object.entries(kinds)) {
    test(`${kind} that begins at that moment fails in time, and the pool stays usable`, {
      timeout: 5_000,
    }, async () => {
      await Promise.all(Array.from({ length: POOL_SIZE }, () => things().findOne()));
      assert.ok(breakAll() > 1, "the monitor's connection and some of the pool were open");
      const outcomes = await Promise.all(Array.from({ length: POOL_SIZE * 2 }, () => act().catch((e: unknown) => e)));
      for (const outcome of outcomes.filter((one) => one instanceof Error))
        assert.ok(!isRead(kind) && isUnavailable(outcome), String((outcome as Error).stack));
      await act();
    });
  }

  test("connections lost during the handshake do not block the pool", { timeout: 10_000 }, async () => {
    let left = POOL_SIZE;
    const breakNew = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      if (left-- > 0) socket.once("connect", () => socket.destroy());
    };
    subscribe("net.client.socket", breakNew);
    breakAll();
    await Promise.all(
      Array.from({ length: POOL_SIZE }, () =>
        things()
          .findOne()
          .catch(() => null),
      ),
    );
    unsubscribe("net.client.socket", breakNew);
    assert.equal((await things().findOne())?.n, 1);
  });
});

test("a write in progress when the monitor gives up counts as unavailable, not as a fault", async () => {
  const engine = await temporaryEngine();
  await connectDatabase({ uri: `${engine.uri}&heartbeatFrequencyMS=500`, waitMs: 500 });
  await things().insertOne({ n: 1 });
  process.kill(engine.pid as number, "SIGSTOP");
  const error = await things()
    .insertOne({ n: 2 })
    .catch((e: unknown) => e);
  process.kill(engine.pid as number, "SIGCONT");
  assert.equal((error as Error).name, "PoolClearedOnNetworkError");
  assert.ok(isUnavailable(error));
  assert.equal((await things().findOne({ n: 1 }))?.n, 1);
  await disconnect();
});
