// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runNode } from "./processes.js";
import { asRoot, installFromDebian } from "./system-packages.js";

/** Stands for Playwright's own browser, wherever it is stored. */
const own = "";

/**
 * Finds a Chromium that starts, or installs one in a way that works on this machine.
 * @param {{ mayInstall: boolean }} options the system is changed only in CI and by `npm run setup`
 * @returns {Promise<string>} its executable; empty for Playwright's own browser
 * @throws if there is no browser
 */
export async function ensureBrowser({ mayInstall }) {
  const found = await findBrowser();
  if (found !== null) return found;
  if (!mayInstall) {
    throw new Error("A browser is missing: run `npm run setup`, or name one by CHROME=/path/to/chromium.");
  }
  console.log("Installing a browser (once)…");
  for (const install of waysToInstall()) {
    if (!(await install())) continue;
    const installed = await findBrowser();
    if (installed !== null) return installed;
  }
  throw new Error(
    "No browser found for the browser tests. Any of these helps: `npx playwright install --with-deps chromium`, " +
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
      // This browser is missing, a stub of the distribution, or lacks its libraries. The next one may work.
    }
  }
  return null;
}

/** Lists browsers: the configured one first, then Playwright's own, then those of the machine. */
function candidates() {
  const names = ["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const onMac = ["Google Chrome", "Chromium"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  const named = process.env.CHROME ? [process.env.CHROME] : [];
  return [...named, own, ...[...onPath, ...onMac].filter((file) => existsSync(file))];
}

/**
 * Lists the ways to install a browser. On Ubuntu, the package is a snap, with which Playwright has problems, so
 * Playwright's own browser comes first.
 */
function waysToInstall() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID="?debian/m.test(system) ? [withApt, withPlaywright] : [withPlaywright, withApt];
}

const withApt = () => installFromDebian("chromium-headless-shell", "chromium");

async function withPlaywright() {
  const install = ["node_modules/playwright/cli.js", "install", "chromium"];
  const system = process.platform === "linux" && (await asRoot()) ? ["--with-deps"] : [];
  const options = { quiet: true, minutes: 10 };
  if (await runNode([...install, ...system], options)) return true;
  return system.length > 0 && runNode(install, options);
}
