import { createHash } from "node:crypto";
import type { Request, RequestHandler } from "express";
import ipaddr from "ipaddr.js";
import mongoose from "mongoose";
import { RateLimiterMongo, RateLimiterRes } from "rate-limiter-flexible";
import { config } from "../config.js";
import { TooManyRequests } from "../errors.js";

const MINUTES = 60; // durations here are in seconds

/** Budgets that all processes share, in MongoDB. Docs: docs/operations.md. */
const budgets = {
  login: { points: 30, duration: 10 * MINUTES },
  /** Tries at one account from one network, and from everywhere. */
  accountHere: { points: 10, duration: 15 * MINUTES },
  account: { points: 100, duration: 60 * MINUTES },
  accountDevice: { points: 10, duration: 15 * MINUTES },
  register: { points: 10, duration: 60 * MINUTES },
  /** Asking for a mail, and using a mailed link. */
  mails: { points: 10, duration: 60 * MINUTES },
  links: { points: 30, duration: 10 * MINUTES },
  strength: { points: 120, duration: 10 * MINUTES },
  reports: { points: 20, duration: 10 * MINUTES },
  posts: { points: 60, duration: 10 * MINUTES },
} as const;
type Budget = keyof typeof budgets;

const limiters = new Map<Budget, RateLimiterMongo>();

function limiter(name: Budget): RateLimiterMongo {
  const known = limiters.get(name);
  if (known) return known;
  const client = mongoose.connection.getClient();
  const options = { storeClient: client, dbName: mongoose.connection.name, tableName: "limits", keyPrefix: name };
  const made = new RateLimiterMongo({ ...options, ...budgets[name] });
  limiters.set(name, made);
  return made;
}

/** Takes one from a budget. @throws TooManyRequests when it is spent */
async function spend(name: Budget, key: string): Promise<void> {
  if (!config.rateLimits) return;
  try {
    await limiter(name).consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw new TooManyRequests(Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
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
