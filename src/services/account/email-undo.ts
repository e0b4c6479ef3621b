import type { Actor } from "../../actor.js";
import type { Taken } from "../../definitions/outcomes.js";
import { MailedLink, toNewAddress } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { type EmailLinkResult, findRepeated } from "./email-change.js";
import { releaseAddress } from "./email-release.js";

/** What a link against an intruder restores: from the primary email, or from the recovery email. */
export type Restored = {
  /** The primary email afterwards. */
  primary: string;
  /** The user's other address afterwards, or null. */
  other: string | null;
  /** True if a recovery email is removed that an intruder may have added. */
  isRecoveryEmailRemoved: boolean;
};

/** Returns what `restoreEmail` or `takeBack` with this email restores. */
export function planRestoring(user: User, email: string): Restored {
  const primary = user.getRestored(email);
  const isRecoveryEmailRemoved = user.losesRecoveryEmail(email);
  const second = isRecoveryEmailRemoved ? null : (user.recoveryEmail?.address ?? null);
  const other = primary === email ? second : primary;
  return { primary, other: other === email ? null : other, isRecoveryEmailRemoved };
}

/** Returns the address that another account has. */
export const getTaken = ({ taken }: Taken, email: string, { primary }: Restored): string =>
  taken === "email" ? primary : email;

type Undone = { email: string; isBack: boolean; link: string; isRecoveryEmailRemoved?: boolean; isKept?: boolean };
const afterUndoing = followUp<Undone>(
  User,
  "email.change-undone",
  async ({ id, actor, data: { email, isBack, link, isRecoveryEmailRemoved, isKept }, at }) => {
    const event = isKept ? "email.change-cancelled" : "email.change-undone"; // only the latter is published
    for (const purpose of toNewAddress) await MailedLink.revoke(id, purpose);
    await revokeAccessUntil(id, at);
    if (isBack) await record(actor, event, { id: String(id) });
    if (isRecoveryEmailRemoved) await record(actor, "recovery-email.removed", { id: String(id) });
    await MailedLink.noteUse(link);
    if (isBack) await releaseAddress(email);
  },
);

/**
 * Keeps the email that a link was sent to, or restores it; a link to the recovery email keeps or restores both. The link works
 * once. Ends all sessions and API tokens, and makes the link to the other email invalid. If another account has taken the
 * email since, only the sessions and tokens end.
 * @returns null if the link is invalid; otherwise `email` is the primary email afterwards
 */
export async function undoEmailChange(actor: Actor, secret: string): Promise<EmailLinkResult | null> {
  const grant = await MailedLink.find(secret, "email-undo");
  if (!grant) return findRepeated(secret, "email-undo");
  const { user, email, link } = grant;
  const restored = planRestoring(user, email);
  const { primary, isRecoveryEmailRemoved } = restored;
  const about = { email: primary, link: String(link) };
  const entry = afterUndoing.entry(actor, {
    ...about,
    isBack: true,
    isRecoveryEmailRemoved,
    isKept: user.email === primary,
  });
  const outcome = await user.restoreEmail(email, { entry, link });
  if (outcome === "done") {
    await afterUndoing.finish(user._id, entry);
    return { outcome, user, email: primary };
  }
  if (outcome === "stale") return findRepeated(secret, "email-undo");
  const kept = afterUndoing.entry(actor, { ...about, isBack: false });
  if (await user.endSessions({ entry: kept, link })) await afterUndoing.finish(user._id, kept);
  return { outcome, user, email: getTaken(outcome, email, restored) };
}
