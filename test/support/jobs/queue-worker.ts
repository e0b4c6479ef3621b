import mongoose from "mongoose";
import { startQueue } from "../../../src/jobs/queue.js";
import { tasks } from "./tasks.js";

// A process that runs the jobs of tasks.ts until it is killed. Its arguments: the database, and the lifetime of a lock.
const [uri = "", lockedForMs = ""] = process.argv.slice(2);
await mongoose.connect(uri);
await startQueue(tasks, {}, { lookEveryMs: 50, lockedForMs: Number(lockedForMs), pauseBefore: () => 50 });
process.stdout.write("works\n");
