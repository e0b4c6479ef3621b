import type { Request, Response } from "express";
import { User } from "../../models/user.js";
import { clearCookie, readCookie, setCookie } from "../cookies.js";

const SIGN_UP = "sign-up";
/** As long as the username is reserved. */
const KEPT_DAYS = 1;

/**
 * Marks a browser that made a registration, or logged in to one. It is no session: it only leads to the page "Confirm
 * your address", and lets the owner confirm there without the password. A change of the registration's credentials
 * makes it invalid.
 */
export function setRegisterCookie(res: Response, { id, sessionEpoch }: Pick<User, "id" | "sessionEpoch">): void {
  const until = Date.now() + KEPT_DAYS * 86_400_000;
  setCookie(res, SIGN_UP, `${id}.${sessionEpoch}.${until}`, KEPT_DAYS);
}

/** Returns the id of the registration made with this browser and the epoch of its credentials, or null. */
export function readRegisterCookie(req: Request, res: Response): { id: string; epoch: number } | null {
  const [, id, epoch, until] = /^([0-9a-f]{24})\.(\d+)\.(\d+)$/.exec(readCookie(req, res, SIGN_UP) ?? "") ?? [];
  return id && Number(until) > Date.now() ? { id, epoch: Number(epoch) } : null;
}

/** Returns the current state of that registration while it is unconfirmed, or null. */
export async function findSignUp(req: Request, res: Response): Promise<User | null> {
  const made = readRegisterCookie(req, res);
  return made && User.findSignUp(made);
}

/** Deletes the cookie. @param user if given, only if the cookie is about this registration */
export function clearRegisterCookie(req: Request, res: Response, user?: Pick<User, "id">): void {
  if (user && readRegisterCookie(req, res)?.id !== user.id) return;
  if (readCookie(req, res, SIGN_UP) !== null) clearCookie(res, SIGN_UP);
}
