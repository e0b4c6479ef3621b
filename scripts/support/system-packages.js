// @ts-check
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./processes.js";

/**
 * Installs the first of these packages that Debian, or a system based on it, offers.
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

const hasCurl = () => (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "curl")));

/**
 * Makes sure that curl is installed, because tests run the commands of docs/api.md.
 * @param {{ mayInstall: boolean }} options the system is changed only in CI and by `npm run setup`
 * @throws if it is missing
 */
export async function ensureCurl({ mayInstall }) {
  if (hasCurl()) return;
  if (mayInstall) {
    console.log("Installing curl (once)…");
    if ((await installFromDebian("curl")) && hasCurl()) return;
  }
  throw new Error("curl is missing: the commands of docs/api.md are tests. Install it, or run `npm run setup`.");
}

/** @returns {Promise<string[] | null>} the prefix that runs a command as root; null if none works without a password */
export async function asRoot() {
  if (process.getuid?.() === 0) return [];
  return existsSync("/usr/bin/sudo") && (await run("/usr/bin/sudo", ["-n", "true"], { quiet: true }))
    ? ["/usr/bin/sudo", "-n"]
    : null;
}
