import type { Request, Response } from "express";
import { User } from "../../models/user.js";
import { clearCookie, readCookie, setCookie } from "../cookies.js";

const SIGN_UP = "sign-up";
/** The same time for which the username is reserved. */
const KEPT_DAYS = 1;
const KEPT_MS = KEPT_DAYS * 86_400_000;

/**
 * Marks a browser that made a registration, or entered the password of one at the login. It is not a session. It only
 * leads to the page where users confirm their email, and lets the owner do so without the password. It becomes invalid
 * when the credentials of the registration change.
 */
export function setRegisterCookie(res: Response, { id, sessionEpoch }: Pick<User, "id" | "sessionEpoch">): void {
  const until = Date.now() + KEPT_MS;
  setCookie(res, SIGN_UP, `${id}.${sessionEpoch}.${until}`, KEPT_DAYS);
}

/** Returns the registration made with this browser (its id, the epoch of its credentials, and when the cookie was set), or null. */
export function readRegisterCookie(req: Request, res: Response): { id: string; epoch: number; at: number } | null {
  const [, id, epoch, until] = /^([0-9a-f]{24})\.(\d+)\.(\d+)$/.exec(readCookie(req, res, SIGN_UP) ?? "") ?? [];
  return id && Number(until) > Date.now() ? { id, epoch: Number(epoch), at: Number(until) - KEPT_MS } : null;
}

/** Returns the registration of this browser if it is still unconfirmed, or null. */
export async function findSignUp(req: Request, res: Response): Promise<User | null> {
  const made = readRegisterCookie(req, res);
  return made && User.findSignUp(made);
}

/** Deletes the cookie. @param user if given, deletes it only if it belongs to this registration */
export function clearRegisterCookie(req: Request, res: Response, user?: Pick<User, "id">): void {
  if (user && readRegisterCookie(req, res)?.id !== user.id) return;
  if (readCookie(req, res, SIGN_UP) !== null) clearCookie(res, SIGN_UP);
}
