import type { Actor } from "../../actor.js";
import { ApiToken } from "../../models/api-token.js";
import { AuditEvent, type AuditEventFields } from "../../models/audit-event.js";
import { Domain } from "../../models/domain.js";
import { listByAuthor } from "../../models/post/lists.js";
import { toGrants } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { can } from "../../policies/permissions.js";
import { listDevices } from "../session/sessions.js";
import { formatEventName } from "./audit-log.js";

const DEVICES = 10;
const POSTS = 5;
const EVENTS = 10;

/**
 * Reads the newest devices, tokens, posts and events of a user for admins, without drafts.
 * @param absoluteMs the longest lifetime of a session
 */
export async function readUserPage(actor: Actor, user: User, absoluteMs: number) {
  const [devices, tokens, { posts }, domains, trail] = await Promise.all([
    listDevices(user, "", absoluteMs),
    ApiToken.listForUser(user.id),
    listByAuthor(user, ["public", "members"]),
    listDomainRoles(user),
    can(actor, "audit.read") ? readTrail(user) : null,
  ]);
  return { devices: devices.slice(0, DEVICES), tokens, posts: posts.slice(0, POSTS), domains, trail };
}

/** Lists the user's domains, each with the user's roles in it. */
async function listDomainRoles(user: User) {
  const held = toGrants(user.roles).filter(({ domain }) => domain !== null);
  const domains = await Domain.listByIds([...new Set(held.map(({ domain }) => String(domain)))]);
  return domains.map(({ _id, name, slug }) => {
    const roles = held.filter(({ domain }) => domain === String(_id)).map(({ role }) => role);
    return { name, slug, roles };
  });
}

/** Lists the newest events of an account with their actors. */
async function readTrail(user: User) {
  const { events } = await AuditEvent.listForUser(user.id);
  return Promise.all(events.slice(0, EVENTS).map(toldByWhom));
}

async function toldByWhom({ event, at, ip, actor, details }: AuditEventFields) {
  const by = actor ? ((await User.findByline(String(actor)))?.username ?? "a deleted user") : null;
  return {
    event,
    words: formatEventName(event),
    at,
    ip,
    by: by ?? (details?.via === "command" ? "an operator" : null),
    reason: details?.reason ?? null,
  };
}
