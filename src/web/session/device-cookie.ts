import type { Request, Response } from "express";
import { newSecret } from "../../lib/secrets.js";
import { setCookie, valueOfCookie } from "../cookies.js";

const DEVICE = "device";
const KEPT_DAYS = 180;

/**
 * The id of this browser, or null if it never signed in (OWASP: device cookies). It opens nothing: it tells devices
 * apart, and gives those that an account knows a budget of their own.
 */
export const browserOf = (req: Request, res: Response): string | null => valueOfCookie(req, res, DEVICE);

/** The same, made now if need be, and kept for another half year. */
export function markBrowser(req: Request, res: Response): string {
  const id = browserOf(req, res) ?? newSecret();
  setCookie(res, DEVICE, id, KEPT_DAYS);
  return id;
}
