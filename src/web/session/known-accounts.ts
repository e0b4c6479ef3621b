import type { Request, Response } from "express";
import { Device } from "../../models/device.js";
import { browserOf } from "./device-cookie.js";
import { signUpOf } from "./register-cookie.js";

/** The ids of the accounts that this browser has logged in to, and of the sign-up that it made. */
export async function accountsHere(req: Request, res: Response): Promise<string[]> {
  const made = signUpOf(req, res);
  const known = await Device.accountsOf(browserOf(req, res));
  return made ? [...known, made.id] : known;
}
