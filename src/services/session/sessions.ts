import type { Actor, ActorRecord } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { describeAgent } from "../../lib/text/user-agent.js";
import { ApiSession, type ApiSessionFields } from "../../models/api-session.js";
import { AuditEvent } from "../../models/audit-event.js";
import { Device } from "../../models/device.js";
import { deriveFormRunId, getEventId, type IsUndone } from "../../models/outbox/once.js";
import { distrustBrowser, getTrustEnd } from "../../models/session/trusted-browser.js";
import { Session } from "../../models/session.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { countLogins, type Here, hasRevoked, revokeLogins } from "../revoke-access.js";

type Entry = Awaited<ReturnType<typeof Device.listForUser>>[number];
type Live = Awaited<ReturnType<typeof Session.listLive>>[number];

/** A browser with a session, a remembered or trusted browser, or a logged-in API client, as shown to the user. */
export type DeviceInUse = {
  /** Null for a session of an older version, which has no device record. It can only be ended together with others. */
  handle: string | null;
  isHere: boolean;
  /** True for the login of an API client. */
  isProgram: boolean;
  isRemembered: boolean;
  /** True if it has a session or is remembered. Others are only trusted. */
  isLoggedIn: boolean;
  /** Until when logins with this browser skip the second factor, or null. */
  trustedUntil: Date | null;
  /** True if there is a device record, so that the device can be named. */
  hasEntry: boolean;
  name: string;
  browser: string;
  ip: string;
  signedInAt: Date;
  lastSeenAt: Date;
};

/**
 * Lists the devices on which a user is logged in, remembered or trusted, this one first.
 * @param here id of this browser's device record, or of this API client's login
 * @param absoluteMs the longest lifetime of a session
 */
export async function listDevices(user: User, here = "", absoluteMs: number): Promise<DeviceInUse[]> {
  const [entries, sessions, logins] = await Promise.all([
    Device.listForUser(user.id),
    Session.listLive(user, absoluteMs),
    ApiSession.listLive(user),
  ]);
  const known = new Map(entries.map((entry) => [String(entry._id), entry]));
  const getDeviceId = ({ session }: Live) => session.device ?? "";
  const devices = [...new Set([...known.keys(), ...sessions.map(getDeviceId)])]
    .map((id) =>
      describe(
        id,
        user,
        known.get(id),
        sessions.filter((one) => getDeviceId(one) === id),
      ),
    )
    .filter((device) => device !== null)
    .map((device) => ({ ...device, isHere: (device.handle ?? "") === here }));
  const rank = (device: DeviceInUse) => (device.isHere ? Number.POSITIVE_INFINITY : device.lastSeenAt.getTime());
  const programs = logins.map((login) => ({ ...asDevice(login), isHere: String(login._id) === here }));
  return [...devices, ...programs].sort((one, other) => rank(other) - rank(one));
}

/** Returns the name in a client's User-Agent. A script in a browser gets the name of the browser. */
const programIn = (agent: string) => (agent.startsWith("Mozilla/") ? describeAgent(agent) : agent.split(" ", 1)[0]);

/** Presents the session of an API client as a device. */
const asDevice = ({ _id, agent, ip, beganAt, lastUsedAt }: ApiSessionFields): DeviceInUse => ({
  ...{ handle: String(_id), isHere: false, isProgram: true, isRemembered: false, hasEntry: false, name: "" },
  ...{ isLoggedIn: true, trustedUntil: null },
  browser: agent ? `A program: ${programIn(agent)?.slice(0, 40)}` : "A program",
  ...{ ip: ip ?? "", signedInAt: beganAt, lastSeenAt: lastUsedAt },
});

function describe(id: string, user: User, entry: Entry | undefined, live: Live[]) {
  const kept = entry?.remember;
  const isRemembered = kept ? kept.until > new Date() && kept.epoch === user.sessionEpoch : false;
  const isLoggedIn = live.length > 0 || isRemembered;
  const trustedUntil = entry ? getTrustEnd(entry, user) : null;
  if (!isLoggedIn && !trustedUntil) return null;
  const began = Math.min(...live.map(({ session }) => session.signedInAt ?? 0));
  const seen = Math.max(
    entry?.lastSeenAt.getTime() ?? 0,
    ...live.map(({ lastModified }) => lastModified?.getTime() ?? 0),
  );
  const { ip = "", agent = "" } = { ...entry, ...(live[0]?.session as { ip?: string; agent?: string } | undefined) };
  return {
    handle: id || null,
    isProgram: false,
    isRemembered,
    isLoggedIn,
    trustedUntil,
    hasEntry: entry !== undefined,
    name: entry?.name ?? "",
    browser: describeAgent(agent),
    ip,
    signedInAt: entry?.signedInAt ?? new Date(began),
    lastSeenAt: new Date(seen),
  };
}

/** Finds a user's device. @throws NotFound */
export async function findDevice(user: { id: string }, handle: string): Promise<Device> {
  const device = await Device.findOne({ _id: handle, user: user.id });
  if (!device) throw new NotFound();
  return device;
}

/** Asks for the second factor again at the next login with a trusted device. @throws NotFound */
export async function distrustDevice(user: { id: string }, handle: string): Promise<void> {
  await distrustBrowser(await findDevice(user, handle));
}

/**
 * Returns true if this form already ended everything and the user has logged in again since. The event is written last.
 */
const isAnyBack =
  (isAnyThere: () => Promise<boolean>): IsUndone =>
  async (run) =>
    (await AuditEvent.isWritten(getEventId(run))) && (await isAnyThere());

type Ending = { handle: string; device: string; sessions: string };

const afterEnd = followUp<Ending>(User, "session.ended-elsewhere", async ({ id, actor, data }) => {
  const [user, { handle, device, sessions }] = [String(id), data];
  await Device.forget(handle, user); // first, so that a concurrent remember-me cookie cannot start a session
  await Promise.all([Session.endOnDevice(user, handle), ApiSession.end(handle, user)]);
  await record(actor, "session.ended-elsewhere", { id: user }, { device, sessions });
});

/**
 * Logs a user out on one device, which then counts as unknown.
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 * @throws NotFound if the user has no such device
 */
export async function endDevice(actor: Actor, { id }: { id: string }, handle: string, key?: string): Promise<void> {
  const run = await deriveFormRunId(
    key,
    ["end-device", id, handle],
    isAnyBack(async () => (await Session.count(id, { device: handle })) > 0),
  );
  const [user, entry, browsers, programs] = await Promise.all([
    User.findById(id).orFail(),
    Device.findOne({ _id: handle, user: id }),
    Session.count(id, { device: handle }),
    ApiSession.count(id, handle),
  ]);
  if (!entry && browsers + programs === 0) throw new NotFound();
  const device = entry?.name || (programs > 0 ? "A program" : describeAgent(entry?.agent ?? ""));
  const data = { handle, device, sessions: String(browsers + programs) };
  const about = { id: user._id, actor, data };
  // Programs have no key. While the follow-up of their first call waits, a repeated one leaves no second.
  if (key === undefined) await afterEnd.make(about, (left) => user.addFollowUp(left, { "data.handle": handle }));
  else await afterEnd.leave({ ...about, run }, (left) => user.addFollowUp(left));
}

export type Others = { here: Here; ended: Awaited<ReturnType<typeof countLogins>> };

const afterOthers = followUp<Others>(User, "session.ended-others", ({ id, actor, data }) =>
  endOthers(actor, { id: String(id) }, data),
);

/** Logs a user out on all other devices. For follow-ups. @param others what could be ended at the time of the change */
export async function endOthers(actor: ActorRecord, user: { id: string }, { here, ended }: Others): Promise<void> {
  await revokeLogins(user, here);
  if (hasRevoked(ended)) await record(actor, "session.ended-others", user, { sessions: String(ended.sessions) });
}

/**
 * Logs a user out on all other devices. Records nothing if there are none. Mailed links stay valid.
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 */
export async function endOtherDevices(actor: Actor, { id }: { id: string }, here: Here, key?: string): Promise<void> {
  const isBack = isAnyBack(async () => hasRevoked(await countLogins({ id }, here)));
  const run = await deriveFormRunId(key, ["end-others", id, here.program ?? here.session], isBack);
  const ended = await countLogins({ id }, here);
  if (!hasRevoked(ended)) return;
  const user = await User.findById(id).orFail();
  const about = { id: user._id, actor, data: { here, ended } };
  if (key === undefined)
    await afterOthers.make(about, (entry) => user.addFollowUp(entry, { "data.here.program": here.program }));
  else await afterOthers.leave({ ...about, run }, (entry) => user.addFollowUp(entry));
}
