import type { Actor } from "../../actor.js";
import * as mail from "../../mail/index.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

const afterReset = followUp<{ user: Receiver }>(User, "factors.reset", async ({ id, actor, data: { user } }) => {
  await record(actor, "factors.reset", { id: String(id) });
  if (user.isConfirmed) await mail.sendFactorsReset(actor, user, createNotMeLinks(id, user));
});

/**
 * Removes all second factors and recovery codes of an account, and notifies the owner. Ends all sessions; a caller that
 * goes on renews its own. For the owner, and for operators who help one. Returns false if there is no factor, or for an owner
 * without a password.
 */
export async function resetFactors(actor: Actor, user: User): Promise<boolean> {
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1) } };
  return afterReset.make(about, (entry) => user.removeFactors(entry, { keepsWayIn: actor.user !== null }));
}
