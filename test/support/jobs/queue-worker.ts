import mongoose from "mongoose";
import { startQueue } from "../../../src/jobs/queue.js";
import { tasks } from "./tasks.js";

// A process that works on the jobs of tasks.ts until it is killed. Told its database, and how long a lock lasts.
const [uri = "", lockedForMs = ""] = process.argv.slice(2);
await mongoose.connect(uri);
await startQueue(tasks, {}, { lookEveryMs: 50, lockedForMs: Number(lockedForMs), pauseBefore: () => 50 });
process.stdout.write("works\n");
