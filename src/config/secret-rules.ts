import { isVaried } from "../lib/secrets.js";
import type { Fault } from "./errors.js";

const placeholder = /^(.)\1*$|change.?me|your.?(secret|pepper)|placeholder|example|default|keyboard cat/i;

/** Returns why a text is unsuitable as a secret; null if it is suitable. */
export function findSecretProblem(value: string): string | null {
  if (value.length < 32) return "is too short (at least 32 characters)";
  if (placeholder.test(value)) return "is a placeholder";
  return isVaried(value) ? null : "isn't random enough";
}

/** Secrets that are one text, be there a comma in it. */
const single = ["PASSWORD_PEPPER", "METRICS_TOKEN"];

/** Finds secrets with the same value: an attacker who learns one must not know another. */
export function findSharedSecrets(set: NodeJS.ProcessEnv): Fault[] {
  const firstNames = new Map<string, string>();
  const faults: Fault[] = [];
  for (const name of ["SESSION_SECRET", "PASSWORD_PEPPER", "JWT_SECRET", "FACTOR_KEY", "AUDIT_KEY", "METRICS_TOKEN"]) {
    const own = set[name] ?? "";
    for (const one of new Set(single.includes(name) ? [own] : own.split(",").map((one) => one.trim()))) {
      const other = firstNames.get(one);
      if (one && other) faults.push({ name, problem: `is the same as ${other}: each needs its own secret` });
      firstNames.set(one, name);
    }
  }
  return faults;
}
