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
  const apt = (/** @type {string[]} */ ...args) => {
    // sudo drops the environment. In a container, the runlevel of a single user keeps the package of a server from starting it.
    const [first = "", ...rest] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", ...args];
    return run(first, rest, { quiet: true, minutes: 10 });
  };
  if (!(await apt("update", "-qq"))) return false;
  for (const name of names) if (await apt("install", "-y", "-qq", "--no-install-recommends", name)) return true;
  return false;
}

/**
 * Programs that tests run, and the packages that contain them. The tests of optional ones and of servers are skipped
 * outside CI if they are missing. The package of a server starts it at once and at each boot, so only CI installs it.
 * @type {{ name: string, from: string, use: string, isOptional?: true, isServer?: true }[]}
 */
const tools = [
  { name: "curl", from: "curl", use: "the commands of docs/api.md are tests" },
  { name: "oathtool", from: "oathtool", use: "codes are compared with it", isOptional: true },
  { name: "zbarimg", from: "zbar-tools", use: "QR codes are read with it", isOptional: true },
  { name: "nginx", from: "nginx-light", use: "deploy/nginx is tested with it", isServer: true },
  { name: "haproxy", from: "haproxy", use: "deploy/haproxy is tested with it", isServer: true },
  { name: "caddy", from: "caddy", use: "deploy/caddy is tested with it", isServer: true },
  { name: "promtool", from: "prometheus", use: "metrics and alerts are checked with it", isServer: true },
];

/** @param {string} name */
const hasTool = (name) => (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));

/**
 * Makes sure that the programs are installed that tests run.
 * @param {{ mayInstall: boolean }} options the system is changed only in CI and by `npm run setup`
 * @throws if one is missing
 */
export async function ensurePrograms({ mayInstall }) {
  const isCI = Boolean(process.env.CI);
  for (const { name, from, use, isOptional, isServer } of tools) {
    if (hasTool(name) || (isOptional && !mayInstall) || (isServer && !isCI)) continue;
    if (mayInstall) {
      console.log(`Installing ${name} (once)…`);
      if ((await installFromDebian(from)) && hasTool(name)) continue;
    }
    throw new Error(`${name} is missing: ${use}. Install it, or run \`npm run setup\`.`);
  }
}

/** Lists the servers that tests run if they are installed, by their packages. */
export const listMissingServers = () =>
  tools.filter(({ name, isServer }) => isServer && !hasTool(name)).map(({ from }) => from);

/** @returns {Promise<string[] | null>} the prefix that runs a command as root; null if none works without a password */
export async function asRoot() {
  if (process.getuid?.() === 0) return [];
  return existsSync("/usr/bin/sudo") && (await run("/usr/bin/sudo", ["-n", "true"], { quiet: true }))
    ? ["/usr/bin/sudo", "-n"]
    : null;
}
