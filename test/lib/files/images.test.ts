import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, getPriority } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { until } from "../../support/until.js";

const WORKER = fileURLToPath(new URL("../../../src/lib/files/image-worker.js", import.meta.url));

test("the decoder process ends when its parent ends", async () => {
  const large = { width: 5_000, height: 5_000, channels: 3, background: "#206040" } as const;
  const bytes = await sharp({ create: large }).jpeg().toBuffer();
  const child = fork(WORKER, { env: {}, serialization: "advanced", stdio: "ignore" });
  await until("it waits for its task", () => getPriority(child.pid) === constants.priority.PRIORITY_BELOW_NORMAL);
  child.send({ what: "make", bytes }, () => child.disconnect());
  const [code, signal] = await once(child, "exit");
  assert.deepEqual([code, signal], [null, "SIGKILL"]);
});
