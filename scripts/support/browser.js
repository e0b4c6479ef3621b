// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, runNode } from "./processes.js";

/** Playwright's own browser, wherever it keeps it. */
const own = "";

/**
 * Finds a Chromium that starts, or installs one by the ways this machine allows.
 * @returns {Promise<string>} its executable; empty for Playwright's own
 */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found !== null) return found;
  console.log("Installing a browser (once)…");
  for (const install of waysToInstall()) {
    if (!(await install())) continue;
    const installed = await findBrowser();
    if (installed !== null) return installed;
  }
  throw new Error(
    "No browser for the stories. Any of these helps: `npx playwright install --with-deps chromium`, " +
      "`sudo apt-get install chromium`, installing Chrome, or CHROME=/path/to/chromium.",
  );
}

async function findBrowser() {
  const { chromium } = await import("playwright");
  for (const executable of candidates()) {
    try {
      const browser = await chromium.launch(executable === own ? {} : { executablePath: executable });
      await browser.close();
      return executable;
    } catch {
      // Not there, a stub of the distribution, or without the libraries it needs: the next one may do.
    }
  }
  return null;
}

/** A browser that was named comes first, then the one Playwright knows best, then what the machine has. */
function candidates() {
  const names = ["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const onMac = ["Google Chrome", "Chromium"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  const named = process.env.CHROME ? [process.env.CHROME] : [];
  return [...named, own, ...[...onPath, ...onMac].filter((file) => existsSync(file))];
}

/** On Ubuntu the package is a snap, which Playwright cannot drive well, so Playwright's own goes first there. */
function waysToInstall() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID="?debian/m.test(system) ? [withApt, withPlaywright] : [withPlaywright, withApt];
}

async function withApt() {
  const sudo = await asRoot();
  if (!sudo || !existsSync("/usr/bin/apt-get")) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = (/** @type {string[]} */ ...args) => {
    const [first = "", ...rest] = [...sudo, "apt-get", ...args];
    return run(first, rest, { env, quiet: true, minutes: 10 });
  };
  const install = (/** @type {string} */ name) => apt("install", "-y", "-qq", "--no-install-recommends", name);
  return (await apt("update", "-qq")) && ((await install("chromium-headless-shell")) || install("chromium"));
}

async function withPlaywright() {
  const install = ["node_modules/playwright/cli.js", "install", "chromium"];
  const system = process.platform === "linux" && (await asRoot()) ? ["--with-deps"] : [];
  const options = { quiet: true, minutes: 10 };
  if (await runNode([...install, ...system], options)) return true;
  return system.length > 0 && runNode(install, options);
}

/** @returns {Promise<string[] | null>} what makes a command run as root; null when nothing does without a password */
async function asRoot() {
  if (process.getuid?.() === 0) return [];
  return existsSync("/usr/bin/sudo") && (await run("/usr/bin/sudo", ["-n", "true"], { quiet: true }))
    ? ["/usr/bin/sudo", "-n"]
    : null;
}
