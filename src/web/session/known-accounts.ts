import type { Request, Response } from "express";
import { Device } from "../../models/device.js";
import { readDeviceCookie } from "./device-cookie.js";
import { readRegisterCookie } from "./register-cookie.js";

/** Lists the ids of the accounts that have logged in with this browser, and of the registration made with it. */
export async function listKnownAccounts(req: Request, res: Response): Promise<string[]> {
  const made = readRegisterCookie(req, res);
  const known = await Device.listAccounts(readDeviceCookie(req, res));
  return made ? [...known, made.id] : known;
}
