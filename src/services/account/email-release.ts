import { systemActor } from "../../actor.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { dropSignUp } from "./deletion.js";

const afterLoss = followUp(User, "email.lost", ({ id, actor }) => record(actor, "email.lost", { id: String(id) }));

/**
 * Removes a confirmed email from all other registrations that named it. Their users never proved that they own it, and
 * an attacker may have registered it in advance (pre-hijacking). Unused registrations are deleted. Used accounts stay,
 * without an email.
 */
export async function releaseAddress(email: string): Promise<void> {
  if (!(await User.findByEmail(email))) return;
  const seen = new Set<string>(); // avoids an endless loop if an account cannot be changed
  for (;;) {
    const some = (await User.listUnconfirmed(email)).filter(({ id }) => !seen.has(id));
    if (some.length === 0) return;
    for (const other of some) {
      seen.add(other.id);
      if (!(await dropSignUp(other))) await takeAddress(other);
    }
  }
}

async function takeAddress(user: User): Promise<void> {
  const entry = afterLoss.entry(systemActor, {});
  if (await user.loseEmail({ entry })) await afterLoss.finish(user._id, entry);
}
