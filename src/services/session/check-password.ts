import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { TooManyRequests } from "../../errors.js";
import { getNetwork } from "../../lib/ip.js";
import { type CountedTry, LoginThrottle } from "../../models/login-throttle.js";
import { consume } from "../../models/rate-limit.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";

const MINUTES = 60;
/**
 * The tries of people who are logged in, and of all of them in a network: beyond these no password is looked at. Logging in has
 * limits of its own (web/rate-limits.ts), so that nobody's tries here keep others in their network from it.
 */
const budgets = {
  person: { points: 20, durationSeconds: 10 * MINUTES },
  network: { points: 60, durationSeconds: 10 * MINUTES },
} as const;

/** Whose password somebody tries: an account, or a name that nobody has. */
type Target = {
  user: User | null;
  /** What they called it. */
  name: string;
  /** The id of this browser's entry among the account's devices, if it has one. */
  device: string | null;
};

/**
 * The person, if this is their password. The try is counted first; one too many is answered as if it were wrong, after
 * the same work, so that nobody learns from it whether there is such an account, or whether it is locked (ASVS V6.3.1, V6.3.8).
 * @throws Overloaded, TooManyRequests
 */
export async function checkPassword(actor: Actor, target: Target, password: string): Promise<User | null> {
  const entered = await checkPasswordAllowDisabled(actor, target, password);
  return entered === "disabled" ? null : entered;
}

/** Whether this is the password, where nobody logs in with it: counted and compared as above, and a wrong one is no event. */
export async function isPassword(actor: Actor, target: Target, password: string): Promise<boolean> {
  const { entered } = await compare(actor, target, password);
  return entered !== null && entered !== "disabled";
}

/** The same where somebody with the right password is told that they are disabled. */
export async function checkPasswordAllowDisabled(
  actor: Actor,
  target: Target,
  password: string,
): Promise<User | Outcome<"disabled"> | null> {
  const { entered, isLast } = await compare(actor, target, password);
  const isIn = entered !== null && entered !== "disabled";
  if (!isIn) await record(actor, isLast ? "session.locked" : "session.refused", target.user);
  return entered;
}

async function compare(actor: Actor, target: Target, password: string) {
  if (config.rateLimits && actor.user) await spend(actor.user.id, getNetwork(actor.ip));
  const counted = config.rateLimits ? await count(actor, target) : null;
  const entered = await User.authenticate(counted?.isAllowed === false ? null : target.user, password);
  const isIn = entered !== null && entered !== "disabled";
  if (isIn && counted) await LoginThrottle.forgive(counted);
  return { entered, isLast: counted?.isLast === true };
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
