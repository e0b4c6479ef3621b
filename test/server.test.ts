import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDirectory, temporaryEngine } from "./support/database/engine.js";
import { freePort, startServer } from "./support/processes/server.js";

test("idle connections stay open for 75 seconds, so that a proxy closes them first", async () => {
  const { uri: MONGODB_URI } = await temporaryEngine();
  const PORT = String(await freePort());
  const server = startServer({ NODE_ENV: "test", MONGODB_URI, DATA_DIR: temporaryDirectory(), PORT });
  assert.ok(await server.ready, server.output());
  const answer = await fetch(`http://127.0.0.1:${PORT}/healthz`);
  assert.equal(answer.headers.get("keep-alive"), "timeout=75");
  assert.match(server.output(), /^No accounts yet\..* at http:\S+\/setup\/[\w-]{43}$/m);
  server.stop();
  assert.equal(await server.ended, 0, server.output());
});
