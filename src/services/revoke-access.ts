import { ApiSession } from "../models/api-session.js";
import { ApiToken } from "../models/api-token.js";
import { Device } from "../models/device.js";
import { Session } from "../models/session.js";
import type { User } from "../models/user.js";

type Account = Pick<User, "id" | "_id">;
/** How many of each have ended. */
export type Revoked = { sessions: number; devices: number; tokens: number };

/**
 * Ends every way into an account but its password: sessions of browsers and programs, remembered browsers, API tokens. For
 * each event that takes an account out of an intruder's hands. Call it after the write that raised the epoch: what begins
 * in between is of the epoch before. It may be repeated.
 */
export async function revokeAllAccess(user: Account): Promise<Revoked> {
  const [ended, tokens] = await Promise.all([revokeLogins(user), ApiToken.revokeAll(user._id)]);
  return { ...ended, tokens };
}

/**
 * What may have to run again after a write that raised the epoch, which made all sessions and remembered browsers invalid: ends
 * sessions and API tokens and forgets browsers that there were at that moment, not those that came since.
 */
export async function revokeAccessUntil(user: User["_id"], at: Date): Promise<void> {
  const ends = [Session, ApiSession].map((sessions) => sessions.endUntil(user, at));
  await Promise.all([...ends, ApiToken.revokeAll(user, at), Device.forgetUntil(user, at)]);
}

/**
 * Ends sessions and remembered browsers, all or all but here; API tokens stay. Browsers are forgotten first: a "remember me"
 * cookie under way brings no session back that way.
 */
export async function revokeLogins(
  { id }: { id: string },
  here?: { device: string | undefined; session: string },
): Promise<Omit<Revoked, "tokens">> {
  const devices = await Device.forgetOthers(id, here?.device);
  const endSessions = here ? Session.endOthers(id, here.session) : Session.endAll(id);
  const ended = await Promise.all([endSessions, ApiSession.endAll(id)]);
  return { sessions: ended[0] + ended[1], devices };
}

/** How many of each there are, as `revokeLogins` would end them: an audit event says it, whichever run ends them. */
export async function countLogins(
  { id }: { id: string },
  here?: { device: string | undefined; session: string },
): Promise<Omit<Revoked, "tokens">> {
  const [devices, browsers, programs] = await Promise.all([
    Device.countOthers(id, here?.device),
    Session.count(id, here && { kept: here.session }),
    ApiSession.count(id),
  ]);
  return { sessions: browsers + programs, devices };
}

/** Whether anything has ended. */
export const hasRevoked = (revoked: Partial<Revoked>): boolean => Object.values(revoked).some((number) => number > 0);
