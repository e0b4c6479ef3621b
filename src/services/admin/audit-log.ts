import { describeAgent } from "../../lib/user-agent.js";
import { type AuditQuestion, readAudit } from "../../models/audit-event/audit-log.js";
import type { AuditEventFields } from "../../models/audit-event.js";
import { User } from "../../models/user.js";

/** A user in the log; the name is null if the account was deleted. */
type Named = { id: string; username: string | null };
/** One line of the log. `by` is null if users caused the event themselves, or if the cause is unknown. */
export type LogLine = {
  at: Date;
  event: string;
  words: string;
  whom: Named | null;
  by: Named | null;
  device: string | null;
  ip: string | null;
  request: string | null;
  details: [name: string, value: string][];
};

/** Returns the user id for a username or an id, or null. Finds disabled and deleted users too. */
export async function findUserId(person: string): Promise<string | null> {
  const found = /^[a-z0-9_-]+$/i.test(person) ? await User.findByLogin(person) : null;
  return found?.id ?? (/^[0-9a-f]{24}$/.test(person) ? person : null);
}

/** Returns one page of the audit log, newest first. @param before `older` of the previous page */
export async function readLog(question: AuditQuestion, before?: string, size?: number) {
  const { events, older } = await readAudit(question, before, size);
  return { lines: await Promise.all(events.map(asLine)), older };
}

async function asLine({ event, at, user, actor, agent, ip, request, details }: AuditEventFields): Promise<LogLine> {
  const [whom, by] = await Promise.all([named(user), named(actor)]);
  const device = agent ? describeAgent(agent) : null;
  const facts = { whom, by, device, ip: ip || null, request: request || null };
  return { at, event, words: formatEventName(event), ...facts, details: Object.entries(details ?? {}) };
}

async function named(id: unknown): Promise<Named | null> {
  if (!id) return null;
  return { id: String(id), username: (await User.findByline(String(id)))?.username ?? null };
}

/** Turns an event name into words: "session.ended-elsewhere" is "Session ended elsewhere". */
export function formatEventName(event: string): string {
  const words = event.replace(/[.-]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
