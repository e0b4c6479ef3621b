import type { Request, Response } from "express";
import { createSecret } from "../../lib/secrets.js";
import { readCookie, setCookie } from "../cookies.js";

const DEVICE = "device";
const KEPT_DAYS = 180;

/**
 * The id of this browser, or null if it never signed in (OWASP: device cookies). It opens nothing: it tells devices
 * apart, and gives those that an account knows a budget of their own.
 */
export const readDeviceCookie = (req: Request, res: Response): string | null => readCookie(req, res, DEVICE);

/** The same, made now if need be, and kept for another half year. */
export function ensureDeviceCookie(req: Request, res: Response): string {
  const id = readDeviceCookie(req, res) ?? createSecret();
  setCookie(res, DEVICE, id, KEPT_DAYS);
  return id;
}
