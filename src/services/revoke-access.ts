import { ApiSession } from "../models/api-session.js";
import { ApiToken } from "../models/api-token.js";
import { Device } from "../models/device.js";
import { Session } from "../models/session.js";
import type { User } from "../models/user.js";

type Account = Pick<User, "id" | "_id">;
/** What stays logged in: a browser's session and device, or the login of an API client (`program`). */
export type Here = { device: string | undefined; session: string; program?: string };
/** The number of ended sessions, forgotten devices and revoked tokens. */
export type Revoked = { sessions: number; devices: number; tokens: number };

/**
 * Revokes all access to an account except its password: browser sessions, API sessions, remembered browsers and API
 * tokens. For every event that takes an account back from an intruder. Call it after the write that raises the epoch,
 * so that concurrent logins still belong to the old epoch. Idempotent.
 */
export async function revokeAllAccess(user: Account): Promise<Revoked> {
  const [ended, tokens] = await Promise.all([revokeLogins(user), ApiToken.revokeAll(user._id)]);
  return { ...ended, tokens };
}

/**
 * Ends the sessions, API tokens and devices that existed at that time, but no newer ones. Safe to repeat after a write
 * that raised the epoch and so made all earlier sessions and remembered browsers invalid.
 */
export async function revokeAccessUntil(user: User["_id"], at: Date): Promise<void> {
  const ends = [Session, ApiSession].map((sessions) => sessions.endUntil(user, at));
  await Promise.all([...ends, ApiToken.revokeAll(user, at), Device.forgetUntil(user, at)]);
}

/**
 * Ends all sessions and remembered browsers, except those of `here` if given. API tokens stay valid. Devices are
 * deleted first, so that a concurrent request with a remember-me cookie cannot start a new session.
 */
export async function revokeLogins({ id }: { id: string }, here?: Here): Promise<Omit<Revoked, "tokens">> {
  const devices = await Device.forgetOthers(id, here?.device);
  const endSessions = here ? Session.endOthers(id, here.session) : Session.endAll(id);
  const ended = await Promise.all([endSessions, ApiSession.endOthers(id, here?.program)]);
  return { sessions: ended[0] + ended[1], devices };
}

/** Counts what `revokeLogins` would end. The counts go into the audit event, even if another run ends the sessions. */
export async function countLogins({ id }: { id: string }, here?: Here): Promise<Omit<Revoked, "tokens">> {
  const [devices, browsers, programs] = await Promise.all([
    Device.countOthers(id, here?.device),
    Session.count(id, here && { kept: here.session }),
    ApiSession.countOthers(id, here?.program),
  ]);
  return { sessions: browsers + programs, devices };
}

export const hasRevoked = (revoked: Partial<Revoked>): boolean => Object.values(revoked).some((number) => number > 0);
