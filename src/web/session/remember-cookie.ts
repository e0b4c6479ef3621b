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

/** Whether a browser brings a "remember me" cookie; it may be worthless. */
export const hasRememberCookie = (req: Request): boolean => hasCookie(req, REMEMBER);

/** What that cookie says, or null. */
export function readRememberCookie(req: Request, res: Response): PresentedToken | null {
  const [, device, secret] = /^([0-9a-f]{24})\.([\w-]{43})$/.exec(readCookie(req, res, REMEMBER) ?? "") ?? [];
  return device && secret ? { device, secret } : null;
}

/** Hands a browser its cookie, for as long as it is good. */
export function setRememberCookie(res: Response, { device, secret, until }: RememberToken): void {
  setCookie(res, REMEMBER, `${device}.${secret}`, (until.getTime() - Date.now()) / DAY_MS);
}

/** Takes the cookie back. */
export const clearRememberCookie = (res: Response): void => clearCookie(res, REMEMBER);

/** From now on this browser of a person is remembered. @param device the id of its entry */
export async function startRemembering(req: Request, res: Response, device: string, user: User): Promise<void> {
  const rememberToken = await rememberBrowser(device, user);
  req.session.unseen = hashRememberToken(rememberToken);
  setRememberCookie(res, rememberToken);
}

/** From now on it is not. */
export async function stopRemembering(req: Request, res: Response, device: string | undefined): Promise<void> {
  if (device) await forgetBrowser(device);
  if (hasRememberCookie(req)) clearRememberCookie(res);
}

/** Keeps it remembered, if it was, after a change of the person's credentials. */
export async function reissueRememberCookie(req: Request, res: Response, user: User): Promise<void> {
  const presented = readRememberCookie(req, res);
  const rememberToken = presented && (await reissueRememberToken(presented, user));
  if (rememberToken) setRememberCookie(res, rememberToken);
}
