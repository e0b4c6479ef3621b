import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDirectory } from "../support/database/engine.js";
import { freePort, startServer } from "../support/processes/server.js";

test("two servers share a data directory, and each can be restarted while the other one answers", async () => {
  const DATA_DIR = temporaryDirectory();
  const start = async () => {
    const PORT = String(await freePort());
    const server = startServer({ NODE_ENV: "test", LOG_LEVEL: "warn", BCRYPT_COST: "4", DATA_DIR, PORT });
    assert.ok(await server.ready, server.output());
    return { ...server, base: `http://127.0.0.1:${PORT}` };
  };
  let [one, other] = [await start(), await start()];
  for (let restarts = 0; restarts < 2; restarts += 1) {
    let isOver = false;
    const statuses = new Set<number>();
    const asking = (async () => {
      while (!isOver) statuses.add((await fetch(`${other.base}/posts`)).status); // reads the database
    })();
    one.stop();
    assert.equal(await one.ended, 0, one.output());
    one = await start();
    isOver = true;
    await asking;
    assert.deepEqual([...statuses], [200], other.output());
    [one, other] = [other, one];
  }
  for (const server of [one, other]) server.stop();
  await Promise.all([one.ended, other.ended]);
});
