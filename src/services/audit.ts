import type { ActorRecord } from "../actor.js";
import { log } from "../log.js";
import { countAuditEvent } from "../metrics/accounts.js";
import { AuditEvent } from "../models/audit-event.js";
import { type CountedEvent, countToday } from "../models/daily-count.js";
import { isRepeatable } from "../models/outbox/once.js";
import { publish } from "./events/publish.js";

/** The audit events. services/account/activity.ts has a sentence for each of them. */
export type Event =
  | "user.registered"
  | "user.renamed"
  | "profile.edited"
  | "picture.uploaded"
  | "picture.removed"
  | "user.disabled"
  | "user.enabled"
  | "role.granted"
  | "role.revoked"
  | "invitation.sent"
  | "invitation.accepted"
  | "invitation.revoked"
  | "session.started"
  | "session.refused"
  | "session.ended"
  | "session.ended-elsewhere"
  | "session.ended-others"
  | "session.replayed"
  | "session.locked"
  | "session.ended-by-us"
  | "factor.refused"
  | "factor.locked"
  | "authenticator.added"
  | "authenticator.removed"
  | "passkey.added"
  | "passkey.removed"
  | "passkey.refused"
  | "passkey.cloned"
  | "recovery-codes.created"
  | "recovery-code.used"
  | "factors.reset"
  | "factor-recovery.asked"
  | "factor-recovery.started"
  | "factor-recovery.cancelled"
  | "factor-recovery.confirmed"
  | "factor-recovery.finished"
  | "impersonation.started"
  | "impersonation.acted"
  | "impersonation.ended"
  | "email.confirmed"
  | "email.confirmation-offered"
  | "email.corrected"
  | "email.lost"
  | "email.change-asked"
  | "email.changed"
  | "email.change-cancelled"
  | "email.change-undone"
  | "recovery-email.asked"
  | "recovery-email.cancelled"
  | "recovery-email.confirmed"
  | "recovery-email.removed"
  | "password.changed"
  | "password.removed"
  | "password.reset-asked"
  | "password.reset"
  | "password.reset-offered"
  | "not-me"
  | "export.asked"
  | "users.exported"
  | "deletion.planned"
  | "deletion.imposed"
  | "deletion.idle"
  | "deletion.cancelled"
  | "deletion.done"
  | "domain.opened"
  | "domain.renamed"
  | "domain.closed"
  | "domain.member-added"
  | "domain.role-changed"
  | "domain.member-removed"
  | "domain.left"
  | "api-token.made"
  | "api-token.revoked"
  | "webhook.added"
  | "webhook.changed"
  | "webhook.rotated"
  | "webhook.paused"
  | "webhook.resumed"
  | "webhook.removed"
  | "webhook.tested"
  | "webhook.sent-again"
  | "post.edited"
  | "post.deleted"
  | "comment.hidden"
  | "comment.shown"
  | "comment.deleted";

/** Events that are counted per day for the admin overview. */
const counted: Partial<Record<Event, CountedEvent>> = {
  "user.registered": "signUps",
  "session.started": "signIns",
  "session.refused": "failures",
  "factor.refused": "failures",
  "passkey.refused": "failures",
  "passkey.cloned": "failures",
};

type Details = Record<string, string>;

/** Audit events that are published to hooks and webhooks too, with what those get of them. */
const published: Partial<Record<Event, (user: string, details: Details) => Promise<void>>> = {
  "user.registered": (user) => publish("user.registered", { user }),
  "email.confirmed": (user) => publish("user.email_confirmed", { user }),
  "email.changed": (user) => publish("user.email_changed", { user }),
  "email.change-undone": (user) => publish("user.email_changed", { user }),
  "user.renamed": (user) => publish("user.renamed", { user }),
  "user.disabled": (user) => publish("user.disabled", { user }),
  "user.enabled": (user) => publish("user.enabled", { user }),
  "role.granted": (user, { role = "", domain = null }) => publish("user.role_granted", { user, role, domain }),
  "role.revoked": (user, { role = "", domain = null }) => publish("user.role_revoked", { user, role, domain }),
  "domain.opened": (_, { domain = "", slug = "" }) => publish("domain.created", { domain, slug }),
  "domain.renamed": (_, { domain = "", slug = "" }) => publish("domain.renamed", { domain, slug }),
  "domain.closed": (_, { domain = "", slug = "" }) => publish("domain.deleted", { domain, slug }),
  "domain.member-added": (user, { domain = "", role = "" }) => publish("domain.member_added", { domain, user, role }),
  "domain.role-changed": (user, { domain = "", role = "" }) => publish("domain.member_changed", { domain, user, role }),
  "domain.member-removed": (user, { domain = "", role = "" }) =>
    publish("domain.member_removed", { domain, user, role }),
  "domain.left": (user, { domain = "", role = "" }) => publish("domain.member_removed", { domain, user, role }),
};

/** Records an event in the database and in the log: who did what to whom, when, and from where (ASVS V16.2.1). */
export async function record(
  actor: ActorRecord,
  event: Event,
  subject: { id: string } | null,
  details?: Details,
): Promise<void> {
  const { ip, agent, request } = actor;
  const user = subject?.id ?? null;
  const doer = (actor.impersonator ?? actor.user)?.id ?? null;
  log.info({ event, user, actor: doer, ip, request }, event);
  const what = counted[event];
  const isSurelyNew = !isRepeatable(); // then both writes are one command
  if (what && isSurelyNew) count(what);
  const appending = AuditEvent.append({
    event,
    user,
    actor: doer === user ? null : doer,
    ip,
    agent,
    request,
    ...withWay(actor, details),
  });
  const [isNew] = await Promise.all([appending, published[event]?.(user ?? "", details ?? {})]); // one command
  if (!isNew) return;
  countAuditEvent(event);
  if (what && !isSurelyNew) count(what);
}

/** Adds the client (unless it was a browser) and the API token, if any, to the details of an event. */
function withWay({ via, apiToken }: ActorRecord, details?: Details) {
  const isPlain = via !== "command" && via !== "api";
  if (isPlain) return details && { details };
  return { details: { ...details, via, ...(apiToken && { token: apiToken }) } };
}

/** Counts an event. Nobody waits for it; if it fails, the error is only logged. */
function count(what: CountedEvent): void {
  countToday(what).catch((err: unknown) => log.error({ event: "count.failed", err }, "count.failed"));
}
