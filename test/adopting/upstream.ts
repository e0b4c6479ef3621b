import assert from "node:assert/strict";
import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { usersEnvironment } from "../support/processes/environment.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a program to its end, with the environment of a user: nothing of a test or a surrounding git command. */
export function run(cwd: string, command: string, args: string[], settings: Record<string, string> = {}) {
  const env = {
    ...usersEnvironment(),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    npm_config_cache: npmCache,
    ...settings,
  };
  const options = { cwd, env, encoding: "utf8", maxBuffer: 100_000_000 } satisfies SpawnSyncOptions;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr };
}
const npmCache = temporaryDirectory();

/** Runs git. @throws AssertionError with its output if it fails */
export function git(cwd: string, ...args: string[]): string {
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  const { status, stdout, stderr } = run(cwd, "git", [...author, ...args]);
  assert.equal(status, 0, `git ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/**
 * Creates a repository with one commit: the files of this project as they are now, also those that are not committed.
 * The commit has the tag v0.2.0.
 */
export function createUpstream(): string {
  const repository = join(temporaryDirectory(), "postern");
  const listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  for (const file of listed.split("\0").filter(isNeeded)) {
    mkdirSync(dirname(join(repository, file)), { recursive: true });
    cpSync(join(root, file), join(repository, file));
  }
  git(repository, "init", "--quiet", "--initial-branch=main");
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message", "postern: begin");
  git(repository, "tag", "v0.2.0");
  return repository;
}

/** Pictures and recorded data are most of the bytes. Deleted files are still listed. */
const isNeeded = (file: string) =>
  file !== "" && !/^docs\/screenshots\/|\.tar\.gz$/.test(file) && existsSync(join(root, file));
