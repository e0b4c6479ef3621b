import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { TooManyRequests } from "../../errors.js";
import { getNetwork } from "../../lib/network/ip.js";
import { log } from "../../log.js";
import { countRefusedLogin, type LoginRefusal } from "../../metrics/accounts.js";
import { type CountedTry, LoginThrottle } from "../../models/login-throttle.js";
import { consume } from "../../models/rate-limit.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";

const MINUTES = 60;
/**
 * Budgets of password checks for a logged-in user and for all users in a network. Beyond them, no password is checked.
 * Logins have separate limits (web/rate-limits.ts), so these checks cannot keep others in the network from logging in.
 */
const budgets = {
  person: { points: 20, durationSeconds: 10 * MINUTES },
  network: { points: 60, durationSeconds: 10 * MINUTES },
} as const;

/** The target of an attempt: an account, or a name without one. */
type Target = {
  user: User | null;
  /** The name that was typed in. */
  name: string;
  /** The id of this browser's device record for the account, if there is one. */
  device: string | null;
};

/**
 * Returns the user if this is their password. Each attempt is counted first. An attempt beyond the limit takes the same
 * work and gets the response for a wrong password, so it does not reveal whether the account exists or is throttled
 * (ASVS V6.3.1, V6.3.8).
 * @throws Overloaded, TooManyRequests
 */
export async function checkPassword(actor: Actor, target: Target, password: string): Promise<User | null> {
  const entered = await checkPasswordAllowDisabled(actor, target, password);
  return entered === "disabled" ? null : entered;
}

/**
 * Returns true if this is the password. Counts and compares like `checkPassword`, but does not record wrong passwords.
 */
export async function isPassword(actor: Actor, target: Target, password: string): Promise<boolean> {
  const { entered } = await compare(actor, target, password);
  return entered !== null && entered !== "disabled";
}

/** Like `checkPassword`, but returns "disabled" for a disabled user with the right password. */
export async function checkPasswordAllowDisabled(
  actor: Actor,
  target: Target,
  password: string,
): Promise<User | Outcome<"disabled"> | null> {
  const { entered, isLast, isAllowed } = await compare(actor, target, password);
  const isIn = entered !== null && entered !== "disabled";
  if (isIn) return entered;
  if (!actor.user) countRefusedLogin(isAllowed ? explain(target) : "throttled"); // not a login otherwise
  await record(actor, isLast ? "session.locked" : "session.refused", target.user);
  return entered;
}

/** Says why a password is wrong: for operators only, because a user must not learn which accounts exist. */
function explain({ user }: Target): LoginRefusal {
  if (!user) return "unknown-user";
  return user.disabledAt ? "disabled" : "wrong-password";
}

async function compare(actor: Actor, target: Target, password: string) {
  if (config.rateLimits && actor.user) await spend(actor.user.id, getNetwork(actor.ip));
  const counted = config.rateLimits ? await count(actor, target) : null;
  const entered = await User.authenticate(counted?.isAllowed === false ? null : target.user, password);
  const isIn = entered !== null && entered !== "disabled";
  if (isIn && counted) forgive(counted);
  return { entered, isLast: counted?.isLast === true, isAllowed: counted?.isAllowed !== false };
}

/**
 * Deletes the counted attempts. Nobody waits for it, so that a login can send it with its other writes. If it fails, this
 * source has fewer attempts for a day.
 */
function forgive(counted: CountedTry): void {
  LoginThrottle.forgive(counted).catch((err: unknown) => {
    log.warn({ event: "session.not-forgiven", err }, "attempts were not forgiven");
  });
}

/** @throws TooManyRequests */
async function spend(person: string, network: string): Promise<void> {
  for (const [of, key] of [
    ["person", person],
    ["network", network],
  ] as const) {
    const pauseMs = await consume(`password-${of}`, key, budgets[of]);
    if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
  }
}

function count({ ip, agent }: Actor, { user, name, device }: Target): Promise<CountedTry> {
  const account = user?.id ?? null;
  return LoginThrottle.count({ account, name: name.toLowerCase(), device, network: getNetwork(ip), ip, agent });
}
