import { systemActor } from "../../actor.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { dropSignUp } from "./deletion.js";

const afterLoss = followUp(User, "email.lost", ({ id, actor }) => record(actor, "email.lost", { id: String(id) }));

/**
 * Takes an address from all sign-ups that named it, after its owner confirmed it: who made them never proved that it is theirs, and may
 * wait in them for its owner (pre-hijacking). A sign-up that was never used goes; an account that was used stays, without an address.
 */
export async function releaseAddress(email: string): Promise<void> {
  if (!(await User.findByEmail(email))) return;
  const seen = new Set<string>(); // one that cannot be changed does not keep us here
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
