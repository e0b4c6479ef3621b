import { describeAgent } from "../../lib/text/user-agent.js";
import { AuditEvent, type AuditEventFields } from "../../models/audit-event.js";
import { User } from "../../models/user.js";
import type { Event } from "../audit.js";

/** The sentence that the user sees for each event. TypeScript rejects an event without a sentence. */
const sentences: Record<Event, string> = {
  "user.registered": "You created this account.",
  "user.renamed": "Your username was changed.",
  "profile.edited": "An administrator changed your profile.",
  "picture.uploaded": "You uploaded a profile picture.",
  "picture.removed": "You removed your profile picture.",
  "user.disabled": "Your account was disabled.",
  "user.enabled": "Your account was enabled again.",
  "role.granted": "You were given a role.",
  "role.revoked": "One of your roles was revoked.",
  "invitation.sent": "You invited someone.",
  "invitation.accepted": "You accepted an invitation.",
  "invitation.revoked": "You cancelled an invitation.",
  "session.started": "You logged in.",
  "session.refused": "Someone tried to log in with a wrong password.",
  "session.ended": "You logged out.",
  "session.ended-elsewhere": "You logged out another device.",
  "session.ended-others": "You logged out all other devices.",
  "session.replayed": "A copied login cookie was used. We logged out that device.",
  "session.locked": "Too many failed login attempts. We limited further attempts.",
  "session.ended-by-us": "An administrator logged you out everywhere.",
  "factor.refused": "A wrong code was entered.",
  "factor.locked": "Too many wrong codes. We limited further attempts.",
  "authenticator.added": "You added an authenticator app.",
  "authenticator.removed": "Your authenticator app was removed.",
  "passkey.added": "You added a passkey.",
  "passkey.removed": "A passkey was removed.",
  "passkey.refused": "A login with one of your passkeys was refused.",
  "passkey.cloned": "A passkey of yours was refused, because it may have been copied. Remove it if you don't know why.",
  "recovery-codes.created": "You created new recovery codes.",
  "recovery-code.used": "A recovery code was used.",
  "factors.reset": "All second factors of your account were removed.",
  "factor-recovery.asked": "Someone with the right password asked to log in without the second factor.",
  "factor-recovery.started": "The waiting period to remove your second factors began.",
  "factor-recovery.cancelled": "The removal of your second factors was cancelled.",
  "factor-recovery.confirmed": "An administrator confirmed that you lost your second factor.",
  "factor-recovery.finished": "You removed your second factors after the waiting period.",
  "impersonation.started": "An administrator started acting as you.",
  "impersonation.acted": "An administrator sent a form in your name.",
  "impersonation.ended": "The administrator stopped acting as you.",
  "email.confirmation-offered": "An administrator sent you a link to confirm your email address.",
  "email.confirmed": "You confirmed your email address.",
  "email.corrected": "Your unconfirmed email address was replaced by another one.",
  "email.lost": "Another account confirmed the email address you had entered. Your account now has no email address.",
  "email.change-asked": "A change of your email address was requested.",
  "email.changed": "Your email address was changed.",
  "email.change-cancelled": "A change of your email address was cancelled before it was made.",
  "email.change-undone": "A change of your email address was undone.",
  "recovery-email.asked": "A recovery email address was requested.",
  "recovery-email.cancelled": "An unconfirmed recovery email address was cancelled.",
  "recovery-email.confirmed": "A recovery email address was confirmed and added.",
  "recovery-email.removed": "Your recovery email address was removed.",
  "password.changed": "You changed your password.",
  "password.removed": "You removed your password.",
  "password.reset-asked": "A password reset was requested.",
  "password.reset-offered": "An administrator sent you a link to choose a new password.",
  "password.reset": "Your password was reset by email.",
  "not-me": "You reported that someone else used your account. We logged out all devices.",
  "users.exported": "You exported the list of users.",
  "export.asked": "You requested a copy of your data.",
  "deletion.planned": "You scheduled your account for deletion.",
  "deletion.imposed": "An administrator scheduled your account for deletion.",
  "deletion.idle":
    "Your account was scheduled for deletion, because it was unused for half a year and its email address was never confirmed.",
  "deletion.cancelled": "You cancelled the deletion of your account.",
  "deletion.done": "Your account was deleted.",
  "domain.opened": "You created an organization.",
  "domain.renamed": "You renamed an organization.",
  "domain.closed": "You deleted an organization.",
  "domain.member-added": "You were added to an organization.",
  "domain.role-changed": "Your role in an organization was changed.",
  "domain.member-removed": "You were removed from an organization.",
  "domain.left": "You left an organization.",
  "api-token.made": "You created an API token.",
  "api-token.revoked": "One of your API tokens was revoked.",
  "webhook.added": "You added a webhook.",
  "webhook.changed": "You changed a webhook.",
  "webhook.rotated": "You replaced the secret of a webhook.",
  "webhook.paused": "You paused a webhook.",
  "webhook.resumed": "You resumed a webhook.",
  "webhook.removed": "You deleted a webhook.",
  "webhook.tested": "You sent a test event to a webhook.",
  "webhook.sent-again": "You sent an event to a webhook again.",
  "post.edited": "An editor edited one of your posts.",
  "post.deleted": "An editor deleted one of your posts.",
  "comment.hidden": "Your comment on a post was hidden.",
  "comment.shown": "Your hidden comment on a post was shown again.",
  "comment.deleted": "A moderator deleted your comment on a post.",
};

/** The names of all events. */
export const eventNames = Object.keys(sentences) as Event[];

/**
 * An event as shown to the user. `about` is a title, a name or a reason, or null. `by` is the username of an admin who
 * impersonated the user, or null. `device` and `ip` are null if the event did not come from one of the user's own
 * devices.
 */
export type PresentedEvent = {
  at: Date;
  what: string;
  about: string | null;
  by: string | null;
  device: string | null;
  ip: string | null;
  /** The user's API token that caused the event, or null. */
  token: string | null;
};
type Told = Pick<AuditEventFields, "event" | "actor" | "at" | "agent" | "ip" | "details">;

/** Describes an event in plain words. Events with a name that only older versions used get a general sentence. */
export async function presentEvent({ event, actor, at, agent, ip, details }: Told): Promise<PresentedEvent> {
  const what = Object.hasOwn(sentences, event) ? sentences[event as Event] : "Your account was changed.";
  const about = details?.title ?? details?.name ?? details?.reason ?? details?.address ?? null;
  const doer = actor && event.startsWith("impersonation.") ? await User.findByline(String(actor)) : null;
  const by = doer?.username ?? null;
  if (actor) return { at, what, about, by, device: null, ip: null, token: null };
  return {
    at,
    what,
    about,
    by,
    device: agent ? describeAgent(agent) : null,
    ip: ip || null,
    token: details?.token ?? null,
  };
}

/**
 * Returns one page of a user's activity, newest first.
 * @param before `older` of the previous page
 * @param limit most events of a page
 */
export async function listActivity(person: { id: string }, before?: string, limit?: number) {
  const { events, older } = await AuditEvent.listForUser(person.id, before, limit);
  const presentWithName = async (entry: AuditEventFields) => ({
    id: String(entry._id),
    event: entry.event,
    ...(await presentEvent(entry)),
  });
  return { happenings: await Promise.all(events.map(presentWithName)), older };
}
