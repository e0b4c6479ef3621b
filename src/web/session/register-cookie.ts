import type { Request, Response } from "express";
import { User } from "../../models/user.js";
import { clearCookie, readCookie, setCookie } from "../cookies.js";

const SIGN_UP = "sign-up";
/** As long as its name is kept. */
const KEPT_DAYS = 1;

/**
 * Marks a browser as the one that made a sign-up, or logged in to it: no session, it only leads to the page "Confirm your address", and
 * lets its owner confirm there without the password. A change of the sign-up's credentials ends it.
 */
export function setRegisterCookie(res: Response, { id, sessionEpoch }: Pick<User, "id" | "sessionEpoch">): void {
  const until = Date.now() + KEPT_DAYS * 86_400_000;
  setCookie(res, SIGN_UP, `${id}.${sessionEpoch}.${until}`, KEPT_DAYS);
}

/** The sign-up that this browser made: its id, and the epoch of its credentials then; or null. */
export function readRegisterCookie(req: Request, res: Response): { id: string; epoch: number } | null {
  const [, id, epoch, until] = /^([0-9a-f]{24})\.(\d+)\.(\d+)$/.exec(readCookie(req, res, SIGN_UP) ?? "") ?? [];
  return id && Number(until) > Date.now() ? { id, epoch: Number(epoch) } : null;
}

/** The same as it is now, while it waits to be confirmed; or null. */
export async function findSignUp(req: Request, res: Response): Promise<User | null> {
  const made = readRegisterCookie(req, res);
  return made && User.findSignUp(made);
}

/** Takes the mark away. @param user of this sign-up only; when not given, of any */
export function clearRegisterCookie(req: Request, res: Response, user?: Pick<User, "id">): void {
  if (user && readRegisterCookie(req, res)?.id !== user.id) return;
  if (readCookie(req, res, SIGN_UP) !== null) clearCookie(res, SIGN_UP);
}
