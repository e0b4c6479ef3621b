// @ts-check
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./processes.js";

/**
 * Installs the first of these packages that Debian, or a derived system, offers.
 * @param {...string} names
 * @returns {Promise<boolean>} false if that is not possible
 */
export async function installFromDebian(...names) {
  const sudo = await asRoot();
  if (!sudo || !existsSync("/usr/bin/apt-get")) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = (/** @type {string[]} */ ...args) => {
    const [first = "", ...rest] = [...sudo, "apt-get", ...args];
    return run(first, rest, { env, quiet: true, minutes: 10 });
  };
  if (!(await apt("update", "-qq"))) return false;
  for (const name of names) if (await apt("install", "-y", "-qq", "--no-install-recommends", name)) return true;
  return false;
}

/** Installs curl if it is missing: tests run the commands of docs/api.md. */
export async function ensureCurl() {
  const isThere = () => (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "curl")));
  if (isThere()) return;
  console.log("Installing curl (once)…");
  if (!(await installFromDebian("curl")) || !isThere()) {
    throw new Error("docs/api.md is tested with curl, which is not here: install it.");
  }
}

/** @returns {Promise<string[] | null>} the prefix that runs a command as root; null if none works without a password */
export async function asRoot() {
  if (process.getuid?.() === 0) return [];
  return existsSync("/usr/bin/sudo") && (await run("/usr/bin/sudo", ["-n", "true"], { quiet: true }))
    ? ["/usr/bin/sudo", "-n"]
    : null;
}
