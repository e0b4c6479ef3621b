import { isLoopback } from "../lib/network/loopback.js";
import type { Fault } from "./errors.js";
import { findSharedSecrets } from "./secret-rules.js";

/** Checks the additional rules for settings in production. */
export function checkProductionRules(set: NodeJS.ProcessEnv): Fault[] {
  const faults: Fault[] = [];
  if (set.NODE_ENV !== "test" && Number(set.BCRYPT_COST ?? 12) < 10) {
    faults.push({ name: "BCRYPT_COST", problem: "is below 10" });
  }
  faults.push(...checkMetrics(set));
  if (set.NODE_ENV !== "production") return faults;
  for (const name of ["SESSION_SECRET", "PASSWORD_PEPPER", "MONGODB_URI", "BASE_URL"]) {
    if (!set[name]) faults.push({ name, problem: "is missing" });
  }
  if (set.BASE_URL && !set.BASE_URL.startsWith("https://")) faults.push({ name: "BASE_URL", problem: "is not https" });
  if (set.RATE_LIMITS === "off") faults.push({ name: "RATE_LIMITS", problem: "is off in production" });
  // Without a waiting period, the password and the mailbox would be enough to remove a second factor.
  if (set.RECOVERY_WAIT_HOURS && Number(set.RECOVERY_WAIT_HOURS) === 0)
    faults.push({ name: "RECOVERY_WAIT_HOURS", problem: "is 0 in production" });
  return [...faults, ...findSharedSecrets(set)];
}

/** Metrics tell how many users log in, and when: other machines need a token. */
function checkMetrics({ PORT = "3000", METRICS_PORT, METRICS_HOST = "127.0.0.1", METRICS_TOKEN }: NodeJS.ProcessEnv) {
  const faults: Fault[] = [];
  if (METRICS_PORT && Number(METRICS_PORT) === Number(PORT))
    faults.push({ name: "METRICS_PORT", problem: "is the same as PORT" });
  if (METRICS_PORT && !isLoopback(METRICS_HOST) && !METRICS_TOKEN)
    faults.push({ name: "METRICS_TOKEN", problem: "is missing, and METRICS_HOST is not this machine alone" });
  return faults;
}
