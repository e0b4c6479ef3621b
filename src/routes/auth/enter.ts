import type { Request, Response } from "express";
import { getActor } from "../../actor.js";
import { Device, type KnownDevice } from "../../models/device.js";
import { isTrusted, trustBrowser } from "../../models/session/trusted-browser.js";
import { hasSecondFactor, type User } from "../../models/user.js";
import { noteLogin } from "../../services/session/new-device.js";
import { isRecent } from "../../web/guards.js";
import { ensureDeviceCookie, readDeviceCookie } from "../../web/session/device-cookie.js";
import { startPendingLogin } from "../../web/session/pending-login.js";
import { startRemembering, stopRemembering } from "../../web/session/remember-cookie.js";
import { type Arrival, discardSession, startSession } from "../../web/session/session.js";

type Entering = {
  user: User;
  /** The device record of this browser for this account, if it was already read. */
  device?: KnownDevice | null | undefined;
  /** True if the browser is to be remembered, false if not; undefined to change nothing. */
  remember?: boolean | undefined;
};

/**
 * Logs in a user who has proved one factor, with a password or a mailed link. If the account has a second factor, nobody
 * is logged in yet, unless the user trusts this browser and entered the password.
 * @returns "pending" if the second factor comes next, at /login/second-factor
 */
export async function enter(
  req: Request,
  res: Response,
  { user, device, remember, byPassword = false }: Entering & { byPassword?: boolean },
): Promise<"done" | "pending"> {
  const isSkipped = byPassword && hasSecondFactor(user) && (await isTrusted(ensureDeviceCookie(req, res), user));
  const isSame = req.user?.id === user.id; // opened a link while logged in
  if (hasSecondFactor(user) && !isSkipped && !isSame) {
    await startPendingLogin(req, res, { user, remember: remember ?? false, byPassword });
    return "pending";
  }
  await complete(req, res, {
    user,
    device,
    remember,
    factorAt: isSame ? (req.session.factorAt ?? 0) : 0,
    isSkipped: isSkipped || isSame,
    isRecent: !isSame || isRecent(req), // a link proves the mailbox, not the password
  });
  return "done";
}

/**
 * Logs in a user who has proved the second factor, or a passkey that stands for all factors. That proof has cancelled a
 * recovery (services/factors).
 * @param about.trust true to skip the second factor at the next logins with this browser
 * @param about.isRecent false if the first factor was a remembered browser or a mailed link: sensitive pages then ask
 * for all factors
 */
export async function enterWithFactor(
  req: Request,
  res: Response,
  { user, remember, trust = false, isRecent = true }: Entering & { trust?: boolean; isRecent?: boolean },
): Promise<void> {
  const device = await complete(req, res, { user, remember, factorAt: Date.now(), isRecent });
  if (trust) await trustBrowser(device, user);
}

async function complete(
  req: Request,
  res: Response,
  {
    user,
    device: known,
    remember,
    factorAt,
    isSkipped = false,
    isRecent = true,
  }: Entering & { factorAt: number; isSkipped?: boolean; isRecent?: boolean },
): Promise<string> {
  const about = { factorAt, isTrusted: isSkipped, isRemembered: !isRecent };
  const { device, wasRemembered } = await startNotedSession(req, res, { user, device: known, ...about });
  if (remember) await startRemembering(req, res, device, user);
  else if (remember === false) await stopRemembering(req, res, wasRemembered ? device : undefined);
  return device;
}

type Starting = Pick<Entering, "user" | "device"> & Pick<Arrival, "factorAt" | "isTrusted" | "isRemembered">;

/**
 * Starts a session, and records the login. Most of these writes are sent in one command.
 * @returns the id of the device record, and whether the browser was remembered
 * @throws LoginRefused
 */
export async function startNotedSession(
  req: Request,
  res: Response,
  { user, device: known, ...about }: Starting,
): Promise<{ device: string; wasRemembered: boolean }> {
  const entry = known ?? (readDeviceCookie(req, res) === null ? Device.createEntry() : null);
  const login = await noteLogin(getActor(req), user, ensureDeviceCookie(req, res), entry);
  const { device, previousSignInAt, wasRemembered, written } = login;
  const before = req.sessionID;
  const results = await Promise.allSettled([startSession(req, user, { device, previousSignInAt, ...about }), written]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    if (req.sessionID !== before) await discardSession(req).catch(() => undefined); // or the response would store it
    throw failed.reason;
  }
  return { device, wasRemembered };
}
