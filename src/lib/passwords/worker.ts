import { constants, setPriority } from "node:os";
import bcrypt from "bcrypt";

/** One piece of work for a hashing thread. `secret` is printable ASCII of at most 72 bytes, never the password itself. */
export type HashingTask = { secret: string; cost: number } | { secret: string; against: string };

// On Linux a priority belongs to a thread, so pages are served before hashes. Elsewhere it would slow the whole process.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** Hashes (answers the bcrypt string) or compares (answers whether it matched), keeping its own thread busy meanwhile. */
export default function work(task: HashingTask): string | boolean {
  return "against" in task
    ? bcrypt.compareSync(task.secret, task.against)
    : bcrypt.hashSync(task.secret, bcrypt.genSaltSync(task.cost));
}
