import { describeAgent } from "../../lib/user-agent.js";
import { AuditEvent, type AuditEventFields } from "../../models/audit-event.js";
import { User } from "../../models/user.js";
import type { Event } from "../audit.js";

/** How the user reads each event. A new event without a sentence here does not compile. */
const sentences: Record<Event, string> = {
  "user.registered": "You created this account.",
  "user.renamed": "You changed your username.",
  "picture.uploaded": "You chose a picture of yourself.",
  "picture.removed": "You removed your picture.",
  "user.disabled": "This account was disabled.",
  "user.enabled": "This account was enabled again.",
  "role.granted": "You were given a role.",
  "role.revoked": "A role was taken from you.",
  "invitation.sent": "You invited somebody.",
  "invitation.accepted": "You accepted an invitation.",
  "invitation.revoked": "You took an invitation back.",
  "session.started": "You signed in.",
  "session.refused": "Somebody tried to log in with a wrong password.",
  "session.ended": "You signed out.",
  "session.ended-elsewhere": "You signed out on another device.",
  "session.ended-others": "You signed out on all other devices.",
  "session.replayed": "A copy of a sign-in that was remembered was used. We ended all of its sessions.",
  "session.locked": "After many wrong passwords we slowed down further tries.",
  "session.ended-by-us": "The people who run this site ended all your sessions.",
  "impersonation.started": "An administrator used your account.",
  "impersonation.acted": "An administrator sent a form in your name.",
  "impersonation.ended": "The administrator left your account.",
  "email.confirmation-offered": "The people who run this site sent you a link to confirm your address.",
  "email.confirmed": "You confirmed your e-mail address.",
  "email.corrected": "The e-mail address, which was not confirmed, was replaced by another one.",
  "email.lost": "Another account confirmed the e-mail address that this one had given. This account has none now.",
  "email.change-asked": "You asked for another e-mail address.",
  "email.changed": "Your e-mail address was changed.",
  "email.change-undone": "A change of your e-mail address was undone.",
  "password.changed": "You changed your password.",
  "password.reset-asked": "Somebody asked for a link to reset your password.",
  "password.reset-offered": "The people who run this site sent you a link to choose a new password.",
  "password.reset": "Your password was reset by a mailed link.",
  "not-me": "You told us by a mailed link that something was not you. We ended all sessions.",
  "users.exported": "You took a copy of the list of people.",
  "export.asked": "You asked for a copy of your data.",
  "deletion.planned": "You asked us to delete this account.",
  "deletion.imposed": "The people who run this site decided to delete this account.",
  "deletion.idle": "This account was not used for half a year, and its address never confirmed: it will be deleted.",
  "deletion.cancelled": "You decided to keep this account.",
  "deletion.done": "This account was deleted.",
  "domain.opened": "You opened a domain.",
  "domain.renamed": "You renamed a domain.",
  "domain.closed": "You closed a domain.",
  "domain.member-added": "You were added to a domain.",
  "domain.role-changed": "Your role in a domain was changed.",
  "domain.member-removed": "You were taken out of a domain.",
  "domain.left": "You left a domain.",
  "api-token.made": "You made an API token.",
  "api-token.revoked": "An API token of yours was revoked.",
  "post.edited": "An editor corrected a post of yours.",
  "post.deleted": "An editor deleted a post of yours.",
};

/** The names of all events. */
export const eventNames = Object.keys(sentences) as Event[];

/**
 * An event as the user reads it. `about` is its title, name or reason, or null. `by` is the username of an admin who
 * impersonated the user, or null. `device` and `ip` are null if none of the user's own devices caused the event.
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

/** Describes an event in plain words; an event name of an older version gets a general sentence. */
export async function presentEvent({ event, actor, at, agent, ip, details }: Told): Promise<PresentedEvent> {
  const what = Object.hasOwn(sentences, event) ? sentences[event as Event] : "Something changed in this account.";
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

/** Returns one page of a user's activity, newest first. @param before `older` of the previous page */
export async function listActivity(person: { id: string }, before?: string) {
  const { events, older } = await AuditEvent.listForUser(person.id, before);
  return { happenings: await Promise.all(events.map(presentEvent)), older };
}
