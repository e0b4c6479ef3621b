import type { Request } from "express";
import { config } from "../../config/index.js";
import { ACTING_MS } from "./impersonation.js";
import { hasRememberCookie } from "./remember-cookie.js";
import { getIdleEnd, type Loaded } from "./store.js";

/** How long a session lasts. All times are in seconds. */
export type SessionTime = {
  /** Whether this is an admin's session as another user, beside their own one. */
  kind: "own" | "acting";
  /** Time without a request after which a session ends. */
  idle: number;
  /** Time after which it ends in any case: the absolute limit, or that of an impersonation. */
  absolute: number;
  /** Time until it ends if no other request follows. */
  untilIdle: number;
  /** Time until it ends in any case. */
  untilEnd: number;
};

/** Returns how long the session of this request lasts, after this request has extended it. Null for visitors. */
export function getSessionTime(req: Request): SessionTime | null {
  if (!req.user) return null;
  const now = Date.now();
  const { signedInAt = now, lastModified } = req.session as Loaded;
  const absolute = req.impersonator ? ACTING_MS : config.sessionAbsoluteMs;
  const end = req.impersonator?.until.getTime() ?? signedInAt + absolute;
  const toSeconds = (ms: number) => Math.floor(ms / 1000);
  return {
    kind: req.impersonator ? "acting" : "own",
    idle: toSeconds(config.sessionIdleMs),
    absolute: toSeconds(absolute),
    untilIdle: toSeconds(getIdleEnd(lastModified) - now),
    untilEnd: toSeconds(end - now),
  };
}

/**
 * Returns true if another session follows without a login when this one ends. Such a browser gets no warning: its time
 * limit is 30 days, beyond the 20 hours of WCAG 2.2.1. What needs a recent login asks for the password as always, and
 * keeps what was typed.
 */
export const isResumed = (req: Request): boolean => !req.impersonator && hasRememberCookie(req);
