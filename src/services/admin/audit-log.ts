import { describeAgent } from "../../lib/text/user-agent.js";
import { type AuditQuestion, readAudit } from "../../models/audit-event/audit-log.js";
import type { AuditEventFields } from "../../models/audit-event.js";
import { User } from "../../models/user.js";
import type { Event } from "../audit.js";

/** A user in the log; the name is null if the account was deleted. */
type Named = { id: string; username: string | null };
/** One line of the log. `by` is null if the user of the event caused it, or if the cause is unknown. */
export type LogLine = {
  id: string;
  at: Date;
  event: string;
  words: string;
  whom: Named | null;
  by: Named | null;
  /** The User-Agent, and what it means. */
  agent: string | null;
  device: string | null;
  ip: string | null;
  request: string | null;
  details: [name: string, value: string][];
  /** The same, under their stored names. */
  stored: Record<string, string>;
};

/** Returns the user id for a username or an id, or null. Finds disabled and deleted users too. */
async function findUserId(person: string): Promise<string | null> {
  const found = /^[a-z0-9_-]+$/i.test(person) ? await User.findByLogin(person) : null;
  return found?.id ?? (/^[0-9a-f]{24}$/.test(person) ? person : null);
}

/** Filters as they are asked for: a username or an id, an event, and days like 2026-11-24 (UTC, both included). */
export type AskedLog = {
  person?: string | undefined;
  event?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** Returns one page of the log for these filters; "not-found" if there is no such user. Empty filters are ignored. */
export async function findInLog({ person, event, from, to }: AskedLog, before?: string, size?: number) {
  const id = person ? await findUserId(person) : undefined;
  if (id === null) return "not-found";
  const days = { ...(from && { from: midnight(from) }), ...(to && { to: midnight(to) }) };
  return readLog({ ...(id && { person: id }), ...(event && { event }), ...days }, before, size);
}

const midnight = (day: string) => new Date(`${day}T00:00:00Z`);

/** Returns one page of the audit log, newest first. @param before `older` of the previous page */
export async function readLog(question: AuditQuestion, before?: string, size?: number) {
  const { events, older } = await readAudit(question, before, size);
  return { lines: await Promise.all(events.map(asLine)), older };
}

async function asLine({
  _id,
  event,
  at,
  user,
  actor,
  agent,
  ip,
  request,
  ...rest
}: AuditEventFields): Promise<LogLine> {
  const { details: stored = {} } = rest;
  const [whom, by] = await Promise.all([named(user), named(actor)]);
  const device = agent ? describeAgent(agent) : null;
  const facts = { whom, by, agent: agent || null, device, ip: ip || null, request: request || null };
  const details = Object.entries(stored).map(nameDetail);
  return { id: String(_id), at, event, words: formatEventName(event), ...facts, details, stored };
}

async function named(id: unknown): Promise<Named | null> {
  if (!id) return null;
  return { id: String(id), username: (await User.findByline(String(id)))?.username ?? null };
}

/** The label of each event in the log. TypeScript rejects an event without a label. */
const eventTexts: Record<Event, string> = {
  "user.registered": "Signed up",
  "user.renamed": "Username changed",
  "profile.edited": "Profile changed by an administrator",
  "picture.uploaded": "Profile picture uploaded",
  "picture.removed": "Profile picture removed",
  "user.disabled": "Account disabled",
  "user.enabled": "Account enabled",
  "role.granted": "Role granted",
  "role.revoked": "Role revoked",
  "invitation.sent": "Invitation sent",
  "invitation.accepted": "Invitation accepted",
  "invitation.revoked": "Invitation cancelled",
  "session.started": "Logged in",
  "session.refused": "Failed login",
  "session.ended": "Logged out",
  "session.ended-elsewhere": "Logged out another device",
  "session.ended-others": "Logged out all other devices",
  "session.replayed": "Copied login cookie used",
  "session.locked": "Login attempts limited",
  "session.ended-by-us": "Logged out by an administrator",
  "factor.refused": "Wrong code",
  "factor.locked": "Attempts with codes limited",
  "authenticator.added": "Authenticator app added",
  "authenticator.removed": "Authenticator app removed",
  "passkey.added": "Passkey added",
  "passkey.removed": "Passkey removed",
  "passkey.refused": "Passkey refused",
  "passkey.cloned": "Passkey refused: its counter went back",
  "recovery-codes.created": "Recovery codes created",
  "recovery-code.used": "Recovery code used",
  "factors.reset": "All second factors removed",
  "factor-recovery.asked": "Recovery without the second factor requested",
  "factor-recovery.started": "Waiting period to remove the second factors started",
  "factor-recovery.cancelled": "Removal of the second factors cancelled",
  "factor-recovery.confirmed": "Loss of the second factor confirmed",
  "factor-recovery.finished": "Second factors removed after the waiting period",
  "impersonation.started": "Started acting as the user",
  "impersonation.acted": "Form sent while acting as the user",
  "impersonation.ended": "Stopped acting as the user",
  "email.confirmation-offered": "Confirmation email resent by an administrator",
  "email.confirmed": "Email confirmed",
  "email.corrected": "Unconfirmed email replaced",
  "email.lost": "Unconfirmed email taken by another account",
  "email.change-asked": "Email change requested",
  "email.changed": "Email changed",
  "email.change-cancelled": "Email change cancelled",
  "email.change-undone": "Email change undone",
  "recovery-email.asked": "Recovery email requested",
  "recovery-email.cancelled": "Recovery email cancelled",
  "recovery-email.confirmed": "Recovery email added",
  "recovery-email.removed": "Recovery email removed",
  "password.changed": "Password changed",
  "password.removed": "Password removed",
  "password.reset-asked": "Password reset requested",
  "password.reset-offered": "Password reset sent by an administrator",
  "password.reset": "Password reset",
  "not-me": "Account secured from a “This wasn't me” link",
  "users.exported": "List of users exported",
  "export.asked": "Data export requested",
  "deletion.planned": "Deletion scheduled",
  "deletion.imposed": "Deletion scheduled by an administrator",
  "deletion.idle": "Deletion scheduled for an unused account",
  "deletion.cancelled": "Deletion cancelled",
  "deletion.done": "Account deleted",
  "domain.opened": "Organization created",
  "domain.renamed": "Organization renamed",
  "domain.closed": "Organization deleted",
  "domain.member-added": "Organization member added",
  "domain.role-changed": "Organization role changed",
  "domain.member-removed": "Organization member removed",
  "domain.left": "Organization left",
  "api-token.made": "API token created",
  "api-token.revoked": "API token revoked",
  "webhook.added": "Webhook added",
  "webhook.changed": "Webhook changed",
  "webhook.rotated": "Webhook secret replaced",
  "webhook.paused": "Webhook paused",
  "webhook.resumed": "Webhook resumed",
  "webhook.removed": "Webhook deleted",
  "webhook.tested": "Test event sent to a webhook",
  "webhook.sent-again": "Event sent to a webhook again",
  "post.edited": "Post edited by an editor",
  "post.deleted": "Post deleted by an editor",
  "comment.hidden": "Comment hidden",
  "comment.shown": "Hidden comment shown again",
  "comment.deleted": "Comment deleted by a moderator",
};

/** Labels of details whose stored names are not clear enough. */
const detailTexts: Record<string, string> = {
  address: "page",
  asked: "filters",
  comment: "comment ID",
  delivery: "delivery ID",
  domain: "organization ID",
  invitation: "invitation ID",
  inviter: "inviter ID",
  post: "post ID",
  slug: "web address",
  token: "API token",
  webhook: "webhook ID",
};
const nameDetail = ([name, value]: [string, string]): [string, string] => [
  Object.hasOwn(detailTexts, name) ? (detailTexts[name] ?? name) : name,
  value,
];

/** Returns the label of an event. Events with a name that only older versions used keep that name. */
export const formatEventName = (event: string): string =>
  Object.hasOwn(eventTexts, event) ? eventTexts[event as Event] : event;
