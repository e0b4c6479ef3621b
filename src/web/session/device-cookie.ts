import type { Request, Response } from "express";
import { createSecret } from "../../lib/secrets.js";
import { readCookie, setCookie } from "../cookies.js";

const DEVICE = "device";
const KEPT_DAYS = 180;

/**
 * Returns the id of this browser, or null if nobody has logged in with it (OWASP: device cookies). The cookie gives no
 * access. It identifies devices, and known devices have their own budget of password attempts.
 */
export const readDeviceCookie = (req: Request, res: Response): string | null => readCookie(req, res, DEVICE);

/** Returns the id of this browser. Creates it if needed, and keeps it for another half year. */
export function ensureDeviceCookie(req: Request, res: Response): string {
  const id = readDeviceCookie(req, res) ?? createSecret();
  setCookie(res, DEVICE, id, KEPT_DAYS);
  return id;
}
