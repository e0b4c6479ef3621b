// @ts-check
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./processes.js";

/**
 * Installs the first of these packages that Debian, or a system like it, has.
 * @param {...string} names
 * @returns {Promise<boolean>} false where that is not possible
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
 * docs/api.md is run as it stands there, which takes curl.
 * @param {{ mayInstall: boolean }} options only in CI and in `npm run setup` is the system changed
 * @throws where it is missing
 */
export async function ensureCurl({ mayInstall }) {
  if (hasCurl()) return;
  if (mayInstall) {
    console.log("Installing curl (once)…");
    if ((await installFromDebian("curl")) && hasCurl()) return;
  }
  throw new Error("curl is missing: the commands of docs/api.md are tests. Install it, or run `npm run setup`.");
}

/** @returns {Promise<string[] | null>} what makes a command run as root; null when nothing does without a password */
export async function asRoot() {
  if (process.getuid?.() === 0) return [];
  return existsSync("/usr/bin/sudo") && (await run("/usr/bin/sudo", ["-n", "true"], { quiet: true }))
    ? ["/usr/bin/sudo", "-n"]
    : null;
}
