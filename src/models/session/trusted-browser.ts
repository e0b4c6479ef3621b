import { trusted } from "mongoose";
import { digest } from "../../lib/secrets.js";
import { Device } from "../device.js";
import type { User } from "../user.js";

const TRUSTED_MS = 30 * 86_400_000;

/** Lets logins with this browser skip the second factor for 30 days. @param device id of its device record */
export async function trustBrowser(device: string, { _id, sessionEpoch: epoch }: User): Promise<void> {
  const trust = { until: new Date(Date.now() + TRUSTED_MS), epoch };
  await Device.updateOne({ _id: device, user: _id }, { $set: { trust } });
}

/** Asks for the second factor again at the next login with this device. */
export async function distrustBrowser({ _id }: Pick<Device, "_id">): Promise<void> {
  await Device.updateOne({ _id }, { $set: { trust: null } });
}

/** Returns until when logins with this device skip the second factor, or null. */
export function getTrustEnd({ trust }: Trusted, { sessionEpoch }: Pick<User, "sessionEpoch">): Date | null {
  return trust?.until && trust.epoch === sessionEpoch && trust.until > new Date() ? trust.until : null;
}
type Trusted = { trust?: { until?: Date | null; epoch?: number | null } | null };

/**
 * Returns true if logins with this browser skip the second factor. The device cookie is the proof: it is secret and
 * random. A change of credentials or factors raises the epoch, which ends it.
 * @param browser the id in the browser's device cookie
 */
export async function isTrusted(browser: string, { _id, sessionEpoch: epoch }: User): Promise<boolean> {
  const now = new Date();
  const until = trusted({ $gt: now, $lte: new Date(now.getTime() + TRUSTED_MS) });
  const own = { key: digest(browser), user: _id, expiresAt: trusted({ $gt: now }) };
  return (await Device.exists({ ...own, "trust.epoch": epoch, "trust.until": until })) !== null;
}
