import type { Request, Response } from "express";
import { PENDING_MS, PendingLogin } from "../../models/pending-login.js";
import type { User } from "../../models/user.js";
import { clearCookie, hasCookie, readCookie, setCookie } from "../cookies.js";
import { ensureDeviceCookie, readDeviceCookie } from "./device-cookie.js";

const PENDING = "login";
const DAY_MS = 86_400_000;

/** A login that waits for the second factor, with its user. */
export type Pending = NonNullable<Awaited<ReturnType<typeof PendingLogin.findLive>>>;

declare global {
  namespace Express {
    interface Request {
      /** True if a login started to wait for the second factor in this request. */
      isLoginPending?: boolean;
    }
  }
}

/** Returns true if a login seems to wait for the second factor in this browser. It may have expired. */
export const hasPendingLogin = (req: Request): boolean => req.isLoginPending === true || hasCookie(req, PENDING);

/** Waits for the second factor of this user, in this browser. Nobody is logged in yet. */
export async function startPendingLogin(
  req: Request,
  res: Response,
  { user, remember, byPassword }: { user: User; remember: boolean; byPassword: boolean },
): Promise<void> {
  const secret = await PendingLogin.start({ user, remember, byPassword, browser: ensureDeviceCookie(req, res) });
  req.isLoginPending = true;
  setCookie(res, PENDING, secret, PENDING_MS / DAY_MS);
}

/** Returns the login that waits in this browser, or null. */
export async function findPendingLogin(req: Request, res: Response): Promise<Pending | null> {
  const [secret, browser] = [readCookie(req, res, PENDING), readDeviceCookie(req, res)];
  return secret && browser ? PendingLogin.findLive(secret, browser) : null;
}

/** Ends the step. Of several requests, only one gets true. */
export async function finishPendingLogin(res: Response, { step }: Pending): Promise<boolean> {
  clearCookie(res, PENDING);
  return PendingLogin.finish(step);
}
