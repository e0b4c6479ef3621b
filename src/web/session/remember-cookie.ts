import type { Request, Response } from "express";
import {
  forgetBrowser,
  hashRememberToken,
  type PresentedToken,
  type RememberToken,
  reissueRememberToken,
  rememberBrowser,
} from "../../models/session/remember-me.js";
import type { User } from "../../models/user.js";
import { clearCookie, hasCookie, readCookie, setCookie } from "../cookies.js";

const REMEMBER = "remember";
const DAY_MS = 86_400_000;

/** Returns true if the browser sends a remember-me cookie. The cookie may be invalid. */
export const hasRememberCookie = (req: Request): boolean => hasCookie(req, REMEMBER);

/** Returns the content of the cookie, or null. */
export function readRememberCookie(req: Request, res: Response): PresentedToken | null {
  const [, device, secret] = /^([0-9a-f]{24})\.([\w-]{43})$/.exec(readCookie(req, res, REMEMBER) ?? "") ?? [];
  return device && secret ? { device, secret } : null;
}

/** Sets the cookie. It expires together with the token. */
export function setRememberCookie(res: Response, { device, secret, until }: RememberToken): void {
  setCookie(res, REMEMBER, `${device}.${secret}`, (until.getTime() - Date.now()) / DAY_MS);
}

export const clearRememberCookie = (res: Response): void => clearCookie(res, REMEMBER);

/** Starts to remember this browser for a user. @param device id of its device record */
export async function startRemembering(req: Request, res: Response, device: string, user: User): Promise<void> {
  const rememberToken = await rememberBrowser(device, user);
  req.session.unseen = hashRememberToken(rememberToken);
  setRememberCookie(res, rememberToken);
}

/** Stops remembering this browser. */
export async function stopRemembering(req: Request, res: Response, device: string | undefined): Promise<void> {
  if (device) await forgetBrowser(device);
  if (hasRememberCookie(req)) clearRememberCookie(res);
}

/** Renews the cookie of a remembered browser after a change of the user's credentials. */
export async function reissueRememberCookie(req: Request, res: Response, user: User): Promise<void> {
  const presented = readRememberCookie(req, res);
  const rememberToken = presented && (await reissueRememberToken(presented, user));
  if (rememberToken) setRememberCookie(res, rememberToken);
}
