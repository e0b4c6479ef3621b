import type { Actor } from "../../actor.js";
import { MailedLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { type EmailLinkResult, findRepeated } from "./email-change.js";
import { releaseAddress } from "./email-release.js";

const afterUndoing = followUp<{ email: string; isBack: boolean; link: string }>(
  User,
  "email.change-undone",
  async ({ id, actor, data: { email, isBack, link }, at }) => {
    await MailedLink.revoke(id, "email-change");
    await revokeAccessUntil(id, at);
    if (isBack) await record(actor, "email.change-undone", { id: String(id) });
    await MailedLink.noteUse(link);
    if (isBack) await releaseAddress(email);
  },
);

/**
 * Restores or keeps the email that a link was sent to. The link works once. Ends all sessions and API tokens, and makes
 * the link to the other email invalid. If another account has taken the email since, only the sessions and tokens end.
 * @returns null if the link is invalid
 */
export async function undoEmailChange(actor: Actor, secret: string): Promise<EmailLinkResult | null> {
  const grant = await MailedLink.find(secret, "email-undo");
  if (!grant) return findRepeated(secret, "email-undo");
  const { user, email, link } = grant;
  const entryFor = (isBack: boolean) => afterUndoing.entry(actor, { email, isBack, link: String(link) });
  const entry = entryFor(true);
  const outcome = await user.restoreEmail(email, { entry, link });
  if (outcome === "done") {
    await afterUndoing.finish(user._id, entry);
    return { outcome, user, email };
  }
  if (outcome === "stale") return findRepeated(secret, "email-undo");
  const kept = entryFor(false);
  if (await user.endSessions({ entry: kept, link })) await afterUndoing.finish(user._id, kept);
  return { outcome, user, email };
}
