import "../environment.js";
import mongoose from "mongoose";
import { startQueue } from "../../../src/jobs/queue.js";
import { processUpload } from "../../../src/services/avatar/avatar.js";
import { beforeWrites } from "../database/writes.js";

// A process that makes pictures until it is killed. Told its database, how long a lock lasts, and before which write it stands
// still for good: what is written to and how, and the how many-th of these it is.
const [uri = "", lockedForMs = "", moment = "", nth = ""] = process.argv.slice(2);
let left = Number(nth);

beforeWrites(async (what) => {
  if (what !== moment) return;
  left -= 1;
  if (left > 0) return;
  process.stdout.write("stands\n");
  await new Promise(() => {});
});
await mongoose.connect(uri);
const pace = { lookEveryMs: 50, lockedForMs: Number(lockedForMs), pauseBefore: () => 50 };
await startQueue({ "make-picture": processUpload }, {}, pace);
process.stdout.write("works\n");
