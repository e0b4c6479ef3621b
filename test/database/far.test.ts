import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import mongoose from "mongoose";
import { connectDatabase, disconnect } from "../../src/database/connect.js";
import { temporaryEngine } from "../support/database/engine.js";
import { freePort } from "../support/processes/server.js";

const ONE_WAY_MS = 50;
/** With its default settings the driver would lose its connections once a second. */
const FOR_MS = 2_500;

/** Forwards everything with a delay. */
function passOn(from: Socket, to: Socket) {
  const later = (act: () => void) => setTimeout(() => to.destroyed || act(), ONE_WAY_MS);
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("close", () => later(() => to.destroy()));
  from.on("error", () => undefined);
}

test("a distant database keeps its connections, and reads succeed", async () => {
  const engine = await temporaryEngine();
  const path = decodeURIComponent(new URL(engine.uri).host);
  const port = await freePort();
  const proxy = createServer((near) => {
    const far = connect(path);
    passOn(near, far);
    passOn(far, near);
  }).listen(port, "127.0.0.1");
  after(() => proxy.close());
  const { connection } = mongoose;
  let cleared = 0;
  await connectDatabase({ uri: `mongodb://127.0.0.1:${port}/postern?directConnection=true` });
  after(disconnect);
  connection.getClient().on("connectionPoolCleared", () => (cleared += 1));
  for (const end = Date.now() + FOR_MS; Date.now() < end; await pause(10))
    assert.deepEqual(await connection.collection("things").find().toArray(), []);
  assert.equal(cleared, 0);
});
