import { createHash } from "node:crypto";
import type { Request, RequestHandler } from "express";
import ipaddr from "ipaddr.js";
import { config } from "../config.js";
import { TooManyRequests } from "../errors.js";
import { takeFrom } from "../models/budget.js";

const MINUTES = 60;

/** Budgets that all processes share, in MongoDB. Docs: docs/operations.md. */
const budgets = {
  login: { points: 30, durationSeconds: 10 * MINUTES },
  /** Tries at one account from one network, and from everywhere. */
  accountHere: { points: 10, durationSeconds: 15 * MINUTES },
  account: { points: 100, durationSeconds: 60 * MINUTES },
  accountDevice: { points: 10, durationSeconds: 15 * MINUTES },
  register: { points: 10, durationSeconds: 60 * MINUTES },
  /** Asking for a mail, and using a mailed link. */
  mails: { points: 10, durationSeconds: 60 * MINUTES },
  links: { points: 30, durationSeconds: 10 * MINUTES },
  strength: { points: 120, durationSeconds: 10 * MINUTES },
  reports: { points: 20, durationSeconds: 10 * MINUTES },
  posts: { points: 60, durationSeconds: 10 * MINUTES },
} as const;
type Budget = keyof typeof budgets;

/** Takes one from a budget. @throws TooManyRequests when it is spent */
async function spend(name: Budget, key: string): Promise<void> {
  if (!config.rateLimits) return;
  const pauseMs = await takeFrom(name, key, budgets[name]);
  if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
}

/** The network of a client: the address, or its /64 where one customer owns that many (RFC 6177). */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === "ipv4") return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

const perNetwork =
  (name: Budget): RequestHandler =>
  async (req, _res, next) => {
    await spend(name, networkOf(req.ip ?? ""));
    next();
  };

/** Guards that count before the work is done. */
export const limits = {
  login: perNetwork("login"),
  register: perNetwork("register"),
  mails: perNetwork("mails"),
  links: perNetwork("links"),
  strength: perNetwork("strength"),
  reports: perNetwork("reports"),
  /** One person's writing. */
  posts: (async (req, _res, next) => {
    await spend("posts", req.user?.id ?? "");
    next();
  }) satisfies RequestHandler,
};

/**
 * One try at an account, whatever it was called by; the same for accounts that do not exist. A browser that has signed
 * in to it before has a budget of its own, so that strangers cannot use up the owner's (OWASP: device cookies).
 */
export async function spendLoginAttempt(req: Request, account: string, isKnownDevice: boolean): Promise<void> {
  const key = createHash("sha256").update(account).digest("base64url"); // some type their password where the name goes
  if (isKnownDevice) return spend("accountDevice", key);
  await spend("accountHere", `${key} ${networkOf(req.ip ?? "")}`);
  await spend("account", key);
}
