import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { findStep } from "../../lib/factors/authenticator.js";
import * as mail from "../../mail/index.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { isAttemptAllowed } from "./attempts.js";
import { deriveSetupKeys, sealAuthenticatorKey } from "./keys.js";

const afterAdding = followUp<{ user: Receiver }>(User, "authenticator.added", async ({ id, actor, data: { user } }) => {
  await record(actor, "authenticator.added", { id: String(id) });
  if (user.isConfirmed) await mail.sendAuthenticatorAdded(actor, user, createNotMeLinks(id, user));
});

const afterRemoving = followUp<{ user: Receiver }>(
  User,
  "authenticator.removed",
  async ({ id, actor, data: { user } }) => {
    await record(actor, "authenticator.removed", { id: String(id) });
    if (user.isConfirmed) await mail.sendAuthenticatorRemoved(actor, user, createNotMeLinks(id, user));
  },
);

/**
 * Adds an authenticator app after one right code. Ends all sessions; the caller renews its own. Wrong codes count
 * like those of a login, and a new set-up does not reset the count (ASVS V6.3.1).
 * @param device id of this browser's device record
 * @returns "invalid" for a wrong code, "exists" if there is an app already or the account has just changed
 */
export async function addAuthenticator(
  actor: Actor,
  user: User,
  { code, device }: { code: string; device: string },
): Promise<Outcome<"done" | "invalid" | "exists">> {
  const attempt = await isAttemptAllowed(actor, { user, device: device || null });
  const keys = attempt.isAllowed ? deriveSetupKeys(user, device) : [];
  const [found] = keys.flatMap((plain) => ({ plain, step: findStep(plain, code) })).filter(({ step }) => step !== null);
  if (!found) return "invalid";
  const [key, step] = [sealAuthenticatorKey(found.plain, user.id), found.step ?? 0];
  const entry = afterAdding.entry(actor, { user: toReceiver(user, 1) });
  if (!(await user.addAuthenticator({ key, step }, entry))) return "exists";
  await afterAdding.finish(user._id, entry);
  return "done";
}

/**
 * Removes the authenticator app, and the recovery codes with the last factor. Ends all sessions; the caller renews its
 * own. Returns false if there is no app, or if the account has just changed.
 */
export async function removeAuthenticator(actor: Actor, user: User): Promise<boolean> {
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1) } };
  return afterRemoving.make(about, (entry) => user.removeAuthenticator(entry));
}
