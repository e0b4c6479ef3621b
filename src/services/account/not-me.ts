import type { Actor } from "../../actor.js";
import type { Outcome, Taken } from "../../definitions/outcomes.js";
import * as mail from "../../mail/index.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { releaseAddress } from "./email-release.js";

/** Result of opening a link, and the email that the link was sent to. */
type Answer = { outcome: Outcome<"done" | "used"> | Taken; email: string };

type Back = { username: string; email: string; isBack: boolean; link: string };
const afterTakingBack = followUp<Back>(User, "not-me", async ({ id, actor, data, at }) => {
  const { username, email, isBack, link } = data;
  await revokeAccessUntil(id, at);
  await MailedLink.revoke(id, "email-change");
  await record(actor, "not-me", { id: String(id) });
  await MailedLink.noteUse(link);
  const user = await User.findById(id);
  if (!isBack) return void (await user?.cancelDeletion());
  if (user?.email === email) {
    const reset = await MailedLink.issue({ purpose: "password-reset", user, email });
    await mail.sendResetAfterIntrusion({ username, email }, reset);
  }
  await releaseAddress(email);
});

/**
 * Takes an account back from an intruder through the link in a security email. The link works once. Restores the email
 * that the link was sent to, makes the password invalid, ends all sessions and remembered browsers, cancels a scheduled
 * deletion, and sends a password reset link to that email. The link gives no access without the mailbox.
 * @returns null if the link is invalid
 */
export async function reportNotMe(actor: Actor, secret: string): Promise<Answer | null> {
  const grant = await MailedLink.find(secret, "not-me");
  const taken = grant && (await secureAccount(actor, grant));
  if (taken) return taken;
  const used = await MailedLink.findUsed(secret, "not-me");
  return used && { outcome: "used", email: used.email };
}

async function secureAccount(actor: Actor, { user, email, link }: ValidLink): Promise<Answer | null> {
  const entryFor = (isBack: boolean) =>
    afterTakingBack.entry(actor, { username: user.username, email, isBack, link: String(link) });
  const entry = entryFor(true);
  const outcome = await user.takeBack(email, { entry, link });
  if (outcome === "stale") return null;
  if (outcome === "done") {
    await afterTakingBack.finish(user._id, entry);
    return { outcome, email };
  }
  const kept = entryFor(false);
  if (await user.invalidatePassword({ entry: kept, link })) await afterTakingBack.finish(user._id, kept);
  return { outcome, email };
}
