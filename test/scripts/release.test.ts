import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const today = new Date().toISOString().slice(0, 10);
const older = "## [0.2.0] - 2026-01-02\n\n### Added\n\n- Something.\n";
const unreleased = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A fix.\n\n";

const empty = temporaryDirectory();
const folders = temporaryDirectory();
let folder: string;
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

function run(program: string, ...args: string[]) {
  const env = {
    ...{ PATH: process.env.PATH ?? "", HOME: empty, GIT_CONFIG_NOSYSTEM: "1", npm_config_offline: "true" },
    ...{ GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org" },
    ...{ GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" },
  };
  return spawnSync(program, args, { cwd: folder, env, encoding: "utf8" });
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = run("git", ...args);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const release = (...args: string[]) => run(process.execPath, "scripts/release.js", ...args);

/** Checks that a release stops with this message, and changes nothing. */
function assertRefused(says: RegExp, ...args: string[]) {
  const before = git("status", "--porcelain");
  const { status, stderr } = release(...args);
  assert.equal(status, 1);
  assert.match(stderr, says);
  assert.equal(git("status", "--porcelain"), before);
  assert.equal(git("log", "--format=%s"), "all: begin");
}

/** Creates a repository with this project's package files and a change that is not released. */
beforeEach(() => {
  folder = mkdtempSync(join(folders, "release-"));
  for (const path of ["package.json", "package-lock.json", ".gitignore", "scripts/release.js", "scripts/support"])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  mkdirSync(join(folder, "docs"));
  write("docs/licenses.md", "");
  write("CHANGELOG.md", unreleased + older);
  for (const file of ["package.json", "package-lock.json"]) {
    const data = JSON.parse(read(file));
    data.version = "0.2.0";
    if (data.packages) data.packages[""].version = "0.2.0";
    write(file, `${JSON.stringify(data, null, 2)}\n`);
  }
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message", "all: begin");
});

describe("a release", () => {
  test("sets the version, dates the changelog and lists the licenses in one tagged commit, and pushes nothing", () => {
    const { status, stdout, stderr } = release("0.3.0");
    assert.equal(status, 0, stderr);
    assert.equal(git("log", "-1", "--format=%s"), "release: set version 0.3.0");
    assert.equal(git("rev-parse", "v0.3.0^{commit}"), git("rev-parse", "HEAD"));
    assert.equal(git("status", "--porcelain"), "");
    const changed = git("diff", "--name-only", "HEAD~1");
    assert.deepEqual(changed.split("\n"), ["CHANGELOG.md", "docs/licenses.md", "package-lock.json", "package.json"]);
    assert.equal(JSON.parse(read("package.json")).version, "0.3.0");
    assert.equal(JSON.parse(read("package-lock.json")).packages[""].version, "0.3.0");
    assert.equal(git("diff", "--numstat", "HEAD~1", "package.json"), "1\t1\tpackage.json");
    assert.equal(git("diff", "--numstat", "HEAD~1", "package-lock.json"), "2\t2\tpackage-lock.json");
    const dated = `# Changelog\n\n## [Unreleased]\n\n## [0.3.0] - ${today}\n\n### Fixed\n\n- A fix.\n\n`;
    assert.equal(read("CHANGELOG.md"), dated + older);
    assert.equal(read("docs/licenses.md"), readFileSync(join(root, "docs/licenses.md"), "utf8"));
    assert.match(stdout, /^ {2}git push --follow-tags$/m);
  });

  test("writes a bill of materials of what runs in production, which is not committed", () => {
    release("0.3.0");
    const { name } = JSON.parse(read("package.json"));
    const { metadata, components } = JSON.parse(read(`release/${name}-0.3.0.cdx.json`));
    assert.equal(metadata.component.name, name);
    assert.equal(metadata.component.version, "0.3.0");
    const names = components.map((component: { name: string }) => component.name);
    assert.ok(names.includes("express") && !names.includes("playwright"));
    assert.equal(git("ls-files", "release"), "");
  });

  test("adds the date to a section that already has the version", () => {
    write("CHANGELOG.md", unreleased.replace("### Fixed", "## [0.3.0]\n\n### Fixed") + older);
    git("commit", "--quiet", "--all", "--amend", "--no-edit");
    assert.equal(release("0.3.0").status, 0);
    assert.match(read("CHANGELOG.md"), new RegExp(`## \\[Unreleased\\]\n\n## \\[0.3.0\\] - ${today}\n\n### Fixed`));
  });

  test("may have the version of package.json if there is no tag for it yet", () => {
    write("CHANGELOG.md", unreleased.replace("### Fixed", "## [0.2.0] - 2026-01-01\n\n### Fixed"));
    git("commit", "--quiet", "--all", "--amend", "--no-edit");
    assert.equal(release("0.2.0").status, 0);
    assert.equal(git("tag", "--list"), "v0.2.0");
    assert.match(release("0.2.0").stderr, /0\.2\.0 is not newer than the tag v0\.2\.0/);
  });
});

describe("a release is refused, and nothing changes,", () => {
  test("without a version, or with invalid arguments", () => {
    for (const args of [[], ["next"], ["0.3"], ["v0.3.0"], ["0.3.0", "0.4.0"]])
      assertRefused(/^Usage: npm run release/, ...args);
    assertRefused(/Unknown option '--push'/, "0.3.0", "--push");
  });

  test("while there are uncommitted changes", () => {
    write("notes.txt", "new");
    assertRefused(/^Commit these changes first.*\n\?\? notes\.txt/, "0.3.0");
  });

  test("for a version that is not newer", () => {
    assertRefused(/0\.1\.9 is not newer than 0\.2\.0/, "0.1.9");
    git("tag", "v0.10.0");
    assertRefused(/0\.10\.0 is not newer than the tag v0\.10\.0/, "0.10.0");
  });

  const changelogs: [string, string, RegExp][] = [
    [
      "has no new entries",
      unreleased.replace("### Fixed\n\n- A fix.\n\n", "") + older,
      /has no section \[0\.3\.0\], and "Unre/,
    ],
    ["has only headings", unreleased.replace("- A fix.\n\n", "") + older, /"Unreleased" is empty/],
    [
      "has an empty section for the version",
      `${unreleased.replace(/### [\s\S]*/, "## [0.3.0]\n\n")}${older}`,
      /nothing in the section/,
    ],
    ["has other unreleased entries", `${unreleased}## [0.3.0]\n\n- More.\n\n${older}`, /move them to the section/],
  ];
  for (const [what, text, says] of changelogs)
    test(`while the changelog ${what}`, () => {
      write("CHANGELOG.md", text);
      git("commit", "--quiet", "--all", "--amend", "--no-edit");
      assertRefused(says, "0.3.0");
      assert.equal(existsSync(join(folder, "release")), false);
    });
});
