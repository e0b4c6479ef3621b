import "../environment.js";
import mongoose from "mongoose";
import { startQueue } from "../../../src/jobs/queue.js";
import { processUpload } from "../../../src/services/avatar/avatar.js";
import { beforeWrites } from "../database/writes.js";

// A process that handles uploads until it is killed. Its arguments are the database, the lifetime of a lock, and the
// write before which it hangs forever: collection and method, and the number of the call.
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
