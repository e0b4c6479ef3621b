import type { Request, Response } from "express";
import { Device } from "../../models/device.js";
import { readDeviceCookie } from "./device-cookie.js";
import { readRegisterCookie } from "./register-cookie.js";

/** The ids of the accounts that this browser has logged in to, and of the sign-up that it made. */
export async function listKnownAccounts(req: Request, res: Response): Promise<string[]> {
  const made = readRegisterCookie(req, res);
  const known = await Device.listAccounts(readDeviceCookie(req, res));
  return made ? [...known, made.id] : known;
}
