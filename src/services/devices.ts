import type { Actor, ActorRecord } from "../actor.js";
import { NotFound } from "../errors.js";
import { describeAgent } from "../lib/user-agents.js";
import { ApiSession, type ApiSessionFields } from "../models/api-session.js";
import { Device } from "../models/device.js";
import { Session } from "../models/session.js";
import type { User } from "../models/user.js";
import { record } from "./audit.js";
import { hasRevoked, revokeLogins } from "./revoke-access.js";

type Entry = Awaited<ReturnType<typeof Device.listOf>>[number];
type Live = Awaited<ReturnType<typeof Session.listLive>>[number];

/** A browser with a session, or remembered, or a program that logged in, as its person sees it. */
export type DeviceInUse = {
  /** Null for a session that began before devices had entries: it ends with the others only. */
  handle: string | null;
  isHere: boolean;
  isRemembered: boolean;
  /** Whether it has an entry, so that it can be given a name. */
  hasEntry: boolean;
  name: string;
  browser: string;
  ip: string;
  signedInAt: Date;
  lastSeenAt: Date;
};

/**
 * The devices on which a person is signed in or remembered, this one first.
 * @param here the id of the entry of the browser that asks
 * @param absoluteMs how long a session lasts at most
 */
export async function listDevices(user: User, here = "", absoluteMs: number): Promise<DeviceInUse[]> {
  const [entries, sessions, logins] = await Promise.all([
    Device.listOf(user.id),
    Session.listLive(user, absoluteMs),
    ApiSession.listLive(user),
  ]);
  const known = new Map(entries.map((entry) => [String(entry._id), entry]));
  const idOf = ({ session }: Live) => session.device ?? "";
  const devices = [...new Set([...known.keys(), ...sessions.map(idOf)])]
    .map((id) =>
      describe(
        id,
        user,
        known.get(id),
        sessions.filter((one) => idOf(one) === id),
      ),
    )
    .filter((device) => device !== null)
    .map((device) => ({ ...device, isHere: (device.handle ?? "") === here }));
  const rank = (device: DeviceInUse) => (device.isHere ? Number.POSITIVE_INFINITY : device.lastSeenAt.getTime());
  return [...devices, ...logins.map(asDevice)].sort((one, other) => rank(other) - rank(one));
}

/** What a program calls itself; a browser's name says little, for a script runs in it. */
const programIn = (agent: string) => (agent.startsWith("Mozilla/") ? describeAgent(agent) : agent.split(" ", 1)[0]);

/** The login of a program. */
const asDevice = ({ _id, agent, ip, beganAt, lastUsedAt }: ApiSessionFields): DeviceInUse => ({
  ...{ handle: String(_id), isHere: false, isRemembered: false, hasEntry: false, name: "" },
  browser: agent ? `A program: ${programIn(agent)?.slice(0, 40)}` : "A program",
  ...{ ip: ip ?? "", signedInAt: beganAt, lastSeenAt: lastUsedAt },
});

function describe(id: string, user: User, entry: Entry | undefined, live: Live[]) {
  const kept = entry?.remember;
  const isRemembered = kept ? kept.until > new Date() && kept.epoch === user.sessionEpoch : false;
  if (live.length === 0 && !isRemembered) return null;
  const began = Math.min(...live.map(({ session }) => session.signedInAt ?? 0));
  const seen = Math.max(
    entry?.lastSeenAt.getTime() ?? 0,
    ...live.map(({ lastModified }) => lastModified?.getTime() ?? 0),
  );
  const { ip = "", agent = "" } = { ...entry, ...(live[0]?.session as { ip?: string; agent?: string } | undefined) };
  return {
    handle: id || null,
    isRemembered,
    hasEntry: entry !== undefined,
    name: entry?.name ?? "",
    browser: describeAgent(agent),
    ip,
    signedInAt: entry?.signedInAt ?? new Date(began),
    lastSeenAt: new Date(seen),
  };
}

/** A person's device. @throws NotFound when they have no such device */
export async function deviceOf(user: { id: string }, handle: string): Promise<Device> {
  const device = await Device.findOne({ _id: handle, user: user.id });
  if (!device) throw new NotFound();
  return device;
}

/**
 * Signs a person out on one device, which is a stranger from then on. It is forgotten first: a "remember me" cookie under
 * way brings no session back that way. @throws NotFound when they have no such device
 */
export async function endDevice(actor: Actor, user: { id: string }, handle: string): Promise<void> {
  const entry = await Device.forget(handle, user.id);
  const [browsers, isProgram] = await Promise.all([
    Session.endOnDevice(user.id, handle),
    ApiSession.end(handle, user.id),
  ]);
  const sessions = browsers + Number(isProgram);
  if (!entry && sessions === 0) throw new NotFound();
  const device = entry?.name || (isProgram ? "A program" : describeAgent(entry?.agent ?? ""));
  await record(actor, "session.ended-elsewhere", user, { device, sessions: String(sessions) });
}

/** Signs a person out everywhere but here; where that is nowhere, it is not written down. Links that were mailed still work. */
export async function endOtherDevices(
  actor: ActorRecord,
  user: { id: string },
  here: { device: string | undefined; session: string },
): Promise<void> {
  const revoked = await revokeLogins(user, here);
  if (!hasRevoked(revoked)) return;
  await record(actor, "session.ended-others", user, { sessions: String(revoked.sessions) });
}
