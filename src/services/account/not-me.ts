import type { Actor } from "../../actor.js";
import type { Outcome, Taken } from "../../definitions/outcomes.js";
import * as mail from "../../mail/index.js";
import { MailedLink, toNewAddress, type ValidLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks } from "../mail/recipients.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { releaseAddress } from "./email-release.js";
import { getTaken, planRestoring, type Restored } from "./email-undo.js";

/** An intruder may change the account while the link is opened. Then the link acts on the new state. */
const MOST_TIMES = 3;

/** Result of opening a link, and the email that the link was sent to. */
type Answer = { outcome: Outcome<"done" | "used"> | Taken; email: string };

/** @see planRestoring */
type Back = { username: string; email: string; isBack: boolean; link: string; restored?: Restored };
const afterTakingBack = followUp<Back>(User, "not-me", async ({ id, actor, data, at }) => {
  const { username, email, isBack, link, restored } = data;
  await revokeAccessUntil(id, at);
  for (const purpose of toNewAddress) await MailedLink.revoke(id, purpose);
  await record(actor, "not-me", { id: String(id) });
  if (restored?.isRecoveryEmailRemoved) await record(actor, "recovery-email.removed", { id: String(id) });
  await MailedLink.noteUse(link);
  const user = await User.findById(id);
  if (!isBack) return void (await user?.cancelDeletion());
  if (user?.hasEmail(email)) {
    const reset = await MailedLink.issue({ purpose: "password-reset", user, email });
    await mail.sendResetAfterIntrusion({ username, email }, reset);
  }
  if (user && restored?.other) {
    const notMe = await createNotMeLinks(id, user)(restored.other);
    await mail.sendAccountSecured(actor, { username, email: restored.other }, notMe);
  }
  await releaseAddress(restored?.primary ?? email);
});

/**
 * Takes an account back from an intruder through the link in a security email. The link works once. Keeps or restores the
 * email that the link was sent to, makes the password invalid, ends all sessions and remembered browsers, cancels a scheduled
 * deletion, sends a password reset link to that email, and a notice to the user's other one. The link gives no access without
 * the mailbox. Later changes of the addresses are undone (docs/decisions/0044-second-address.md).
 * @returns null if the link is invalid
 */
export async function reportNotMe(actor: Actor, secret: string): Promise<Answer | null> {
  for (let n = 0; n < MOST_TIMES; n += 1) {
    const grant = await MailedLink.find(secret, "not-me");
    const taken = grant && (await secureAccount(actor, grant));
    if (taken) return taken;
    if (!grant) break;
  }
  const used = await MailedLink.findUsed(secret, "not-me");
  return used && { outcome: "used", email: used.email };
}

async function secureAccount(actor: Actor, { user, email, link }: ValidLink): Promise<Answer | null> {
  const restored = planRestoring(user, email);
  const entryFor = (isBack: boolean) =>
    afterTakingBack.entry(actor, {
      username: user.username,
      email,
      isBack,
      link: String(link),
      ...(isBack && { restored }),
    });
  const entry = entryFor(true);
  const outcome = await user.takeBack(email, { entry, link });
  if (outcome === "stale") return null;
  if (outcome === "done") {
    await afterTakingBack.finish(user._id, entry);
    return { outcome, email };
  }
  const kept = entryFor(false);
  if (await user.invalidatePassword({ entry: kept, link })) await afterTakingBack.finish(user._id, kept);
  return { outcome, email: getTaken(outcome, email, restored) };
}
