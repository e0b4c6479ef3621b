import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import bcrypt from "bcrypt";

const { hash, left } = workerData as { hash: string; left: Int32Array };

// Same priority as the application's hashing threads, so that other work on this machine affects both equally.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.once("message", () => {
  while (Atomics.sub(left, 0, 1) > 0)
    bcrypt.compareSync("something as long as what the application compares: 64 characters", hash);
  parentPort?.postMessage("done");
});
parentPort?.postMessage("ready");
