import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { git, run } from "./upstream.js";

// A small repository with the real command. Building, migrating and checking only write their names into a file; the
// customised clone (customised-clone.test.ts) does all of it.

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = temporaryDirectory();
let upstream = "";
let site = "";
let count = 0;

function write(folder: string, files: Record<string, string>) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}
function commit(folder: string, message: string, files: Record<string, string>, ...tags: string[]) {
  write(folder, files);
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", message);
  for (const tag of tags) git(folder, "tag", tag);
}
const read = (file: string) => readFileSync(join(site, file), "utf8");
const author = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org" };
const committer = { GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" };
const upgrade = (...args: string[]) =>
  run(site, process.execPath, ["scripts/upgrade.js", ...args], { ...author, ...committer, npm_config_offline: "true" });
const step = (name: string) =>
  `import { appendFileSync } from "node:fs";\nappendFileSync("steps.log", "${name} " + process.argv.slice(2) + "\\n");\n`;
const packageJson = (version: string, dependencies = {}, scripts = {}) => {
  const node = "node --input-type=module --eval";
  const record = (name: string) => `${node} "import fs from 'node:fs'; fs.appendFileSync('steps.log', '${name}\\\\n')"`;
  const all = { typecheck: record("typecheck"), lint: record("lint"), ...scripts };
  return JSON.stringify(
    { name: "postern", version, private: true, type: "module", scripts: all, dependencies },
    null,
    2,
  );
};
const lock = (version: string) =>
  JSON.stringify(
    { name: "postern", version, lockfileVersion: 3, packages: { "": { name: "postern", version } } },
    null,
    2,
  );
const changelog = (...sections: string[]) => ["# Changelog", "## [Unreleased]", ...sections, ""].join("\n\n");
const first = "## [0.2.0] - 2026-01-02\n\n- The beginning.";
const second = "## [0.3.0] - 2026-02-03\n\n- A harbour.\n\n### Upgrade notes\n\nSet `HARBOUR`.";

/** Creates upstream with two releases, and a site that was made from the first. */
beforeEach(() => {
  count += 1;
  upstream = join(folders, `upstream-${count}`);
  site = join(folders, `site-${count}`);
  mkdirSync(join(upstream, "scripts"), { recursive: true });
  for (const path of ["scripts/upgrade.js", "scripts/upgrade", "scripts/support", ".gitattributes"])
    cpSync(join(root, path), join(upstream, path), { recursive: true });
  git(upstream, "init", "--quiet", "--initial-branch=main");
  const begun = { "README.md": "# Postern\n", "views/home.ejs": "one\ntwo\nthree\n", ".gitignore": "steps.log\n" };
  const steps = { "scripts/build.js": step("old build"), "scripts/run.js": step("old run") };
  const versioned = { "package.json": packageJson("0.2.0"), "package-lock.json": lock("0.2.0") };
  commit(upstream, "all: begin", { ...begun, ...steps, ...versioned, "CHANGELOG.md": changelog(first) }, "v0.2.0");
  git(folders, "clone", "--quiet", "--origin", "upstream", upstream, site);
  commit(upstream, "home: add a harbour", { "src/harbour.ts": "", "README.md": "# Postern 3\n" });
  const later = { "scripts/build.js": step("build"), "scripts/run.js": step("run") };
  const released = { "package.json": packageJson("0.3.0"), "package-lock.json": lock("0.3.0") };
  const notes = { "CHANGELOG.md": changelog(second, first) };
  commit(upstream, "release: set version 0.3.0", { ...later, ...released, ...notes }, "v0.3.0", "v0.4.0-rc.1");
  commit(site, "site: begin", { "README.md": "# Harbour\n", "src/site/a.ts": "" }, "v7.0.0");
});

describe("npm run upgrade", () => {
  test("--plan names the release, its commits, its notes and the files that both changed, and changes nothing", () => {
    const before = git(site, "rev-parse", "HEAD");
    write(site, { "src/site/a.ts": "unfinished" });
    for (const [args, settings] of [
      [["--plan"], {}],
      [[], { npm_config_plan: "true" }],
    ] as const) {
      const { status, stdout, stderr } = run(site, process.execPath, ["scripts/upgrade.js", ...args], settings);
      assert.equal(status, 0, stderr);
      assert.match(
        stdout,
        /^From 0\.2\.0 to v0\.3\.0: 2 commits\. Nothing was changed; npm run upgrade v0\.3\.0 merges/,
      );
      assert.match(stdout, /^Both sides changed:\n {2}README\.md\n\n## \[0\.3\.0\][\s\S]*Set `HARBOUR`\.\n$/m);
      assert.doesNotMatch(stdout, /The beginning/);
    }
    const { stdout } = upgrade("--plan", "--json", "v0.2.0");
    assert.deepEqual(JSON.parse(stdout), {
      state: "current",
      from: "0.2.0",
      release: "v0.2.0",
      commits: 0,
      notes: "",
      both: [],
    });
    assert.equal(git(site, "rev-parse", "HEAD"), before);
    assert.equal(git(site, "status", "--porcelain"), " M src/site/a.ts\n");
  });

  test("merges the newest release, keeps the README of the site, and runs the steps of the new version", () => {
    const hook = join(site, ".git/hooks/pre-commit");
    writeFileSync(hook, "#!/bin/sh\necho 'lint failed' >&2; exit 1\n", { mode: 0o755 });
    const { status, stdout, stderr } = upgrade();
    rmSync(hook);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Upgraded from 0\.2\.0 to v0\.3\.0\. Run npm run check/m);
    assert.match(stdout, /Set `HARBOUR`\./);
    assert.equal(read("README.md"), "# Harbour\n");
    assert.ok(existsSync(join(site, "src/harbour.ts")));
    assert.equal(read("steps.log"), "build --all\nrun migrate\nlint\n");
    assert.equal(git(site, "log", "-1", "--format=%s %p").split(" ").length, 7, "a merge of two commits");
    assert.equal(git(site, "status", "--porcelain"), "");
    assert.match(upgrade().stdout, /^This site has v0\.3\.0 already\.$/m);
  });

  test("rebuilds the lock file if both sides changed it", () => {
    const left = { "packages/left/package.json": '{ "name": "left", "version": "1.0.0" }' };
    commit(site, "site: add a package", {
      ...left,
      "package.json": packageJson("0.2.0", { left: "file:packages/left" }),
    });
    run(site, "npm", ["install", "--package-lock-only", "--offline"]);
    commit(site, "site: lock it", {});
    const { status, stderr } = upgrade("--no-checks");
    assert.equal(status, 0, stderr);
    const locked = JSON.parse(read("package-lock.json"));
    assert.equal(locked.version, "0.3.0");
    assert.deepEqual(locked.packages[""].dependencies, { left: "file:packages/left" });
    assert.equal(read("steps.log"), "build --all\nrun migrate\n");
    assert.equal(git(site, "status", "--porcelain"), "");
  });

  test("other conflicts stop it: the message names the files and how to go on or back", () => {
    commit(upstream, "home: change", { "views/home.ejs": "one\nharbour\nthree\n" }, "v0.3.1");
    commit(site, "site: change the home page", { "views/home.ejs": "one\nquay\nthree\n" });
    const before = git(site, "rev-parse", "HEAD");
    const { status, stderr } = upgrade();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^v0\.3\.1 and this site changed the same lines of:\n {2}views\/home\.ejs\n\nTo go on: [\s\S]*To go back: git merge --abort\n$/,
    );
    assert.equal(existsSync(join(site, "steps.log")), false);
    assert.match(upgrade().stderr, /^A merge is not finished\./);
    git(site, "merge", "--abort");
    assert.equal(git(site, "rev-parse", "HEAD"), before);
    assert.equal(git(site, "status", "--porcelain"), "");
  });

  test("if a step fails, the message says how to go on or back", () => {
    commit(
      upstream,
      "build: break",
      { "scripts/build.js": "console.error('no compiler'); process.exit(1);\n" },
      "v0.3.1",
    );
    const before = git(site, "rev-parse", "HEAD").slice(0, 12);
    const { status, stderr } = upgrade();
    assert.equal(status, 1);
    assert.match(stderr, /^no compiler\nThe release is merged, but "npm run build -- --all" failed: see above\./);
    assert.ok(stderr.endsWith(`To go back: git reset --hard ${before}\n`));
  });

  test("refuses what it cannot do with exit code 2, in one line, and changes nothing", () => {
    const before = git(site, "rev-parse", "HEAD");
    const assertRefused = (message: RegExp, ...args: string[]) => {
      const { status, stdout, stderr } = upgrade(...args);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr.trimEnd(), /\n/);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.equal(git(site, "rev-parse", "HEAD"), before);
    };
    assertRefused(/^There is no release v9\.9\.9\. The newest is v0\.3\.0\.$/m, "v9.9.9");
    assertRefused(/^There is no release v7\.0\.0\. /m, "v7.0.0"); // a version of the site itself
    assertRefused(/^Give at most one release\. See --help\.$/m, "v0.3.0", "v0.2.0");
    assertRefused(/^Unknown option '--force'/m, "--force");
    write(site, { "src/site/a.ts": "unfinished" });
    assertRefused(/^There are uncommitted changes, such as src\/site\/a\.ts\. Commit them first\.$/m);
    git(site, "checkout", "--quiet", "src/site/a.ts");
    const branch = git(site, "branch", "--show-current").trim();
    git(site, "checkout", "--quiet", "--detach");
    assertRefused(/^No branch is checked out, so the merge would be lost\. Check one out first: git switch BRANCH$/m);
    git(site, "checkout", "--quiet", branch);
    git(site, "remote", "rename", "upstream", "origin");
    assertRefused(/^There is no remote called upstream: git remote add upstream ADDRESS$/m);
    rmSync(join(site, ".git"), { recursive: true });
    const outside = run(site, process.execPath, ["scripts/upgrade.js"], { GIT_CEILING_DIRECTORIES: folders });
    assert.match(outside.stderr, /^This folder is not a git repository\.$/m);
    assert.equal(outside.status, 2);
  });
});
