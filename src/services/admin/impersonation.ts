import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { Forbidden } from "../../errors.js";
import { deriveSecret, storageId } from "../../lib/secrets.js";
import { deriveFormRunId, type IsUndone, runRetryable } from "../../models/outbox/once.js";
import { Session } from "../../models/session.js";
import type { User } from "../../models/user.js";
import { mayImpersonate } from "../../policies/users.js";
import { isPending } from "../account/register/pending.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";

type About = { reason: string; key?: string | undefined };

/**
 * Records that an admin starts to impersonate a user, with a reason that the user can read. A repeated form is recorded
 * once and leads to the same session.
 * @returns the secret of the session to start
 * @throws Forbidden
 */
export async function startImpersonation(actor: Actor, user: User, { reason, key }: About): Promise<string> {
  if (!mayImpersonate(actor, user)) throw new Forbidden();
  if (isPending(user)) throw new Forbidden("This email address isn't confirmed yet, so there is no account to act as.");
  const words = ["impersonation", actor.user?.id ?? "", user.id, reason];
  const run = await deriveFormRunId(key, words, hasEnded);
  await runRetryable(() => record(actor, "impersonation.started", user, { reason }), run);
  return deriveSessionSecret(run);
}

const deriveSessionSecret = (run: unknown) => deriveSecret(config.sessionSecrets[0] ?? "", `impersonation ${run}`);

const hasEnded: IsUndone = (run) => Session.hasEnded(storageId(deriveSessionSecret(run)));

const afterEnd = followUp(Session, "impersonation.ended", ({ actor }) =>
  record(actor, "impersonation.ended", actor.user),
);

/** Ends an impersonation session. Only the first call has an effect. @param session the stored id of the session */
export async function endImpersonation(actor: Actor, session: string): Promise<void> {
  await afterEnd.make({ id: session, actor, data: {} }, (entry) => Session.endWith(session, entry));
}

/**
 * Records a request that an admin sends as another user, before the request is handled.
 * @param address the request's path
 */
export async function recordImpersonatedRequest(actor: Actor, address: string): Promise<void> {
  await record(actor, "impersonation.acted", actor.user, { address });
}
