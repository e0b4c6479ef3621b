import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { getNetwork } from "../../lib/network/ip.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import type { User } from "../../models/user.js";
import { record } from "../audit.js";

/** The account whose factor is being proved, and the id of this browser's device record for it, if there is one. */
export type Proving = { user: User; device: string | null };

/**
 * Counts an attempt to prove a second factor, before it is checked. Codes have few digits, so the attempts are limited
 * per account, with growing waits (RFC 6238, 5.1; NIST SP 800-63B-4, 3.2.2). Known browsers have a budget of their own,
 * so that an attacker who knows the password cannot lock out the owner. An attempt beyond the limit counts as wrong.
 */
export async function isAttemptAllowed(actor: Actor, { user, device }: Proving) {
  const { ip, agent } = actor;
  const attempt = {
    account: user.id,
    name: user.id,
    device,
    network: getNetwork(ip),
    ip,
    agent,
    of: "factor" as const,
  };
  const counted = config.rateLimits ? await LoginThrottle.count(attempt) : null;
  return {
    isAllowed: counted?.isAllowed !== false,
    /** After a right one: deletes the counted attempts from the same source. */
    forgive: async () => {
      if (counted) await LoginThrottle.forgive(counted);
    },
    /** After a wrong one: records it. */
    refuse: () => record(actor, counted?.isLast ? "factor.locked" : "factor.refused", user),
  };
}
