import type { Request, Response } from "express";
import {
  forgetBrowser,
  type Keepsake,
  markOf,
  type Presented,
  remember,
  rememberAgain,
} from "../../models/session/remember-me.js";
import type { User } from "../../models/user.js";
import { clearCookie, hasCookie, setCookie, valueOfCookie } from "../cookies.js";

const REMEMBER = "remember";
const DAY_MS = 86_400_000;

/** Whether a browser brings a "remember me" cookie; it may be worthless. */
export const isKept = (req: Request): boolean => hasCookie(req, REMEMBER);

/** What that cookie says, or null. */
export function keepsakeOf(req: Request, res: Response): Presented | null {
  const [, device, secret] = /^([0-9a-f]{24})\.([\w-]{43})$/.exec(valueOfCookie(req, res, REMEMBER) ?? "") ?? [];
  return device && secret ? { device, secret } : null;
}

/** Hands a browser its cookie, for as long as it is good. */
export function handOut(res: Response, { device, secret, until }: Keepsake): void {
  setCookie(res, REMEMBER, `${device}.${secret}`, (until.getTime() - Date.now()) / DAY_MS);
}

/** Takes the cookie back. */
export const takeBack = (res: Response): void => clearCookie(res, REMEMBER);

/** From now on this browser of a person is remembered. @param device the id of its entry */
export async function rememberHere(req: Request, res: Response, device: string, user: User): Promise<void> {
  const keepsake = await remember(device, user);
  req.session.unseen = markOf(keepsake);
  handOut(res, keepsake);
}

/** From now on it is not. */
export async function forgetHere(req: Request, res: Response, device: string | undefined): Promise<void> {
  if (device) await forgetBrowser(device);
  if (isKept(req)) takeBack(res);
}

/** Keeps it remembered, if it was, after a change of the person's credentials. */
export async function keepOn(req: Request, res: Response, user: User): Promise<void> {
  const presented = keepsakeOf(req, res);
  const keepsake = presented && (await rememberAgain(presented, user));
  if (keepsake) handOut(res, keepsake);
}
