import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../database/engine.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { maxBuffer: 1e9 });

/** Returns the commit of a release; null if this copy of the repository does not reach that far back. */
export function findRelease(version: string): string | null {
  try {
    const subject = `^release: (cut|set version) ${version.replaceAll(".", "\\.")}$`;
    return String(git("log", "-1", "--format=%H", "-E", `--grep=${subject}`)).trim() || null;
  } catch {
    return null; // not a repository, such as an unpacked archive
  }
}

/** Returns true if this copy of the repository may lack a part of the history. */
export function isShallow(): boolean {
  try {
    return String(git("rev-parse", "--is-shallow-repository")).trim() === "true";
  } catch {
    return true; // not a repository
  }
}

/** Builds the server of a release, with the packages of this one, and returns its program. */
export function buildRelease(commit: string): string {
  const folder = temporaryDirectory();
  const parts = ["src", "views", "public", "package.json", "tsconfig.json"];
  execFileSync("tar", ["-x", "-C", folder], { input: git("archive", commit, ...parts) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const tsc = join(root, "node_modules/@typescript/native/bin/tsc");
  const fast = ["--noCheck", "--incremental", "false", "--sourceMap", "false"];
  execFileSync(process.execPath, [tsc, "-p", folder, ...fast, "--outDir", join(folder, "dist"), "--rootDir", folder]);
  return join(folder, "dist/src/server.js");
}
