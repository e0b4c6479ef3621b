import { constants, setPriority } from "node:os";
import bcrypt from "bcrypt";

/** A task for a hashing thread. `secret` is printable ASCII of at most 72 bytes, never the password itself. */
export type HashingTask = { secret: string; cost: number } | { secret: string; against: string };

// On Linux, priority is per thread, so pages are served before passwords are hashed. Other systems would slow down the
// whole process.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** Hashes a secret (returns the bcrypt string), or compares it (returns whether it matches). Blocks its thread. */
export default function work(task: HashingTask): string | boolean {
  return "against" in task
    ? bcrypt.compareSync(task.secret, task.against)
    : bcrypt.hashSync(task.secret, bcrypt.genSaltSync(task.cost));
}
