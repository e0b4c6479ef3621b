import assert from "node:assert/strict";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { exceptOnDay } from "../support/settings/sample.js";
import { createUpstream, git, run } from "./upstream.js";

// A site that was made with create-postern and has something of its own in every place for it (test/fixtures/site), then a
// release that changes the same tables. Everything is real but the installation of packages: the site gets ours.

const root = fileURLToPath(new URL("../../../", import.meta.url));
const parent = temporaryDirectory();
const site = join(parent, "harbour");
let upstream = "";
const { chooseTests } = await import(new URL("../../../scripts/support/site-tests.js", import.meta.url).href);

/** Changes a file of upstream. @throws AssertionError if it lacks the text */
function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(upstream, file), "utf8");
  assert.ok(text.includes(from), `${file} has no ${from}`);
  writeFileSync(join(upstream, file), text.replace(from, to));
}

/** Applies an example of docs/extending.md to upstream. */
function applyExample(title: string): void {
  const page = readFileSync(join(root, "docs/extending.md"), "utf8");
  const section = page.split(/^## /m).find((part) => part.startsWith(title)) ?? "";
  const diff = /^```diff\n([\s\S]+?)^```$/m.exec(section)?.[1] ?? assert.fail(`no example of ${title}`);
  writeFileSync(join(parent, "example.diff"), diff);
  git(upstream, "apply", "--unidiff-zero", join(parent, "example.diff"));
}

/** A release that adds an entry to each table that the site extends, and changes views, styles and the README. */
function release(version: string): void {
  for (const title of ["A role", "A profile field", "A page"]) applyExample(title);
  edit("src/definitions/permissions.ts", '"delete any post",\n', '"delete any post",\n  "posts.pin": "pin posts",\n');
  edit(
    "test/access/access.test.ts",
    '  "GET /posts":',
    '  "GET /account/activity/about": [303, 303, 200],\n  "GET /posts":',
  );
  edit("src/mail/styles.ts", 'gate: "#1d5a48"', 'gate: "#1d5a49"');
  edit("views/layouts/_nav.ejs", "Create account", "Join us");
  edit("views/home/_wall.ejs", "<", "<!-- newer --><");
  edit("public/css/tokens.css", "--ground: #f4f5f1;", "--ground: #f4f5f2;");
  edit("package.json", '"version": "', `"version": "${version}-`);
  edit("README.md", "# Postern", "# Postern, newer");
  edit("CHANGELOG.md", "## [Unreleased]", `## [Unreleased]\n\n## [${version}] - 2026-12-24\n\n- A moderator.`);
  git(upstream, "add", "--all");
  git(upstream, "commit", "--quiet", "--message", `release: set version ${version}`);
  git(upstream, "tag", `v${version}`);
}

/** Two pages, so that what they share is imported once. */
const generated = ["page piers", "page tides", "form feedback", "mail welcome", "api-call tea-pots"];

const skip = exceptOnDay(5);

before(() => {
  if (skip) return;
  upstream = createUpstream();
  const args = ["harbour", "--from", upstream, "--colour", "#1d4ed8", "--without", "posts"];
  const { status, stderr } = run(parent, process.execPath, [join(root, "packages/create-postern/index.js"), ...args]);
  assert.equal(status, 0, stderr);
  cpSync(join(root, "test/fixtures/site"), site, { recursive: true });
  git(site, "add", "--all");
  git(site, "commit", "--quiet", "--message", "site: open the harbour");
  symlinkSync(join(root, "node_modules"), join(site, "node_modules"));
  for (const words of generated) {
    const written = run(site, process.execPath, ["scripts/new.js", ...words.split(" ")]);
    assert.equal(written.status, 0, words + written.stderr);
  }
  git(site, "add", "--all");
  git(site, "commit", "--quiet", "--message", "site: add what was generated");
  cpSync(join(root, "dist"), join(site, "dist"), { recursive: true }); // so that only what differs is compiled
  release("0.3.0");
});

test("what is generated in a site changes no file of the app", { skip }, () => {
  const changed = git(site, "diff", "--name-only", "HEAD~1", "HEAD").trim().split("\n");
  for (const name of ["piers", "tides", "feedback", "tea-pots-api"]) assert.ok(changed.includes(`src/site/${name}.ts`));
  assert.ok(changed.includes("views/site/mail/account/welcome.ejs"));
  for (const file of changed) assert.match(file, /^(src|views|test)\/site\//);
});

test("a customised site gets a release without a conflict, and its tests pass", { skip }, () => {
  const environment = { DATA_DIR: temporaryDirectory(), NODE_ENV: "development" };
  const author = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org" };
  const committer = { GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" };
  const upgraded = run(site, process.execPath, ["scripts/upgrade.js", "--no-checks"], {
    ...environment,
    ...author,
    ...committer,
  });
  assert.equal(upgraded.status, 0, upgraded.stdout + upgraded.stderr);
  assert.match(upgraded.stdout, /^Upgraded from 0\.2\.0 to v0\.3\.0\.[\s\S]*- A moderator\.$/m);
  assert.equal(git(site, "status", "--porcelain"), "");
  assert.match(readFileSync(join(site, "README.md"), "utf8"), /^# Harbour\n/);
  assert.match(readFileSync(join(site, "views/layouts/_nav.ejs"), "utf8"), /Join us/);

  const all = git(site, "ls-files", "test")
    .split("\n")
    .filter((file) => file.endsWith(".test.ts"));
  const chosen: string[] = chooseTests(all);
  const own = chosen.filter((file) => file.startsWith("test/site/"));
  assert.deepEqual(own, [
    "test/site/feedback.test.ts",
    "test/site/harbour.test.ts",
    "test/site/home.test.ts",
    "test/site/piers.test.ts",
    "test/site/tea-pots-api.test.ts",
    "test/site/tides.test.ts",
    "test/site/welcome-mail.test.ts",
  ]);
  // Joined into one file, so that they share a database and an app.
  const joined = [...own, "test/views.test.ts", "test/access/access.test.ts"];
  for (const file of joined) assert.ok(chosen.includes(file), file);
  const imports = ["./support/environment.js", ...joined.map((file) => file.replace(/^test(.*)ts$/, ".$1js"))];
  writeFileSync(join(site, "dist/test/joined.test.js"), imports.map((file) => `import "${file}";\n`).join(""));
  const tested = run(
    site,
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=tap", "dist/test/joined.test.js"],
    { NODE_ENV: "test", TEST_SAMPLE: "80" },
  );
  assert.match(
    tested.stdout,
    /^# fail 0$/m,
    tested.stdout.replace(/^ *ok .*\n|^ +(---|\.\.\.|duration_ms.*|type.*)\n|^ *# Subtest.*\n/gm, "").slice(0, 8_000),
  );
  for (const file of own)
    for (const [, name = ""] of readFileSync(join(site, file), "utf8").matchAll(/^test\("(.+?)",/gm))
      assert.match(tested.stdout, new RegExp(`^ *ok \\d+ - ${name}$`, "m"));
});
