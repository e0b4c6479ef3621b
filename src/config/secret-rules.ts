import { isVaried } from "../lib/secrets.js";
import type { Fault } from "./errors.js";

const placeholder = /^(.)\1*$|change.?me|your.?(secret|pepper)|placeholder|example|default|keyboard cat/i;

/** Returns why a text is no good secret; null if it may be one. */
export function findSecretProblem(value: string): string | null {
  if (value.length < 32) return "is too short (at least 32 characters)";
  if (placeholder.test(value)) return "is a placeholder";
  return isVaried(value) ? null : "isn't random enough";
}

/** Finds secrets that are used twice: an attacker who learns one must not learn another with it. */
export function findSharedSecrets(set: NodeJS.ProcessEnv): Fault[] {
  const firstNames = new Map<string, string>();
  const faults: Fault[] = [];
  for (const name of ["SESSION_SECRET", "PASSWORD_PEPPER", "JWT_SECRET"]) {
    const own = set[name] ?? "";
    for (const one of new Set(name === "PASSWORD_PEPPER" ? [own] : own.split(",").map((one) => one.trim()))) {
      const other = firstNames.get(one);
      if (one && other) faults.push({ name, problem: `is the same as ${other}: each needs its own secret` });
      firstNames.set(one, name);
    }
  }
  return faults;
}
