import type { Actor } from "../../actor.js";
import { Session } from "../../models/session.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";

type Ended = { user: string; device: string | undefined };

const afterLogout = followUp<Ended>(Session, "session.logged-out", async ({ actor, data: { user, device } }) => {
  if (device) await Session.endOnDevice(user, device);
  if (actor.impersonator) await record(actor, "impersonation.ended", actor.user);
  await record(actor, "session.ended", { id: user });
});

/**
 * Ends the session of a user who logs out, and all others on the same device. Only one of several concurrent requests
 * does so. An impersonation session ends with it.
 * @param own.session the stored id of the user's own session
 */
export async function endOwnSession(actor: Actor, { session, ...data }: Ended & { session: string }): Promise<void> {
  await afterLogout.make({ id: session, actor, data }, (entry) => Session.endWith(session, entry));
}
