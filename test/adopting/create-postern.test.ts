import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { createUpstream, git, run } from "./upstream.js";

// The package is packed and run with npm, as it would be from the registry.

const source = fileURLToPath(new URL("../../../packages/create-postern", import.meta.url));
const parent = temporaryDirectory();
let tarball = "";
let upstream = "";
before(() => {
  upstream = createUpstream();
  const { stdout, stderr } = run(source, "npm", ["pack", "--silent", "--pack-destination", parent]);
  tarball = join(parent, stdout.trim());
  assert.ok(existsSync(tarball), stderr);
});

const create = (...args: string[]) =>
  run(parent, "npm", ["exec", "--yes", "--offline", "--package", tarball, "--", "create-postern", ...args], {
    POSTERN_REPOSITORY: upstream,
  });
const createDirectly = (args: string[], settings = {}) =>
  run(parent, process.execPath, [join(source, "index.js"), ...args], { POSTERN_REPOSITORY: upstream, ...settings });
const read = (site: string, file: string) => readFileSync(join(parent, site, file), "utf8");

test("a new site has its name, its colour, its features, its README, a remote, and one commit on top of the release", () => {
  const { status, stdout, stderr } = create(
    ...["harbour-works", "--colour", "#1D4ED8", "--without", "posts", "--without", "api,domains"],
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Created harbour-works from v0\.2\.0\.\n\nNext:\n {2}cd harbour-works\n/);
  assert.match(read("harbour-works", ".env"), /^APP_NAME="Harbour Works"$/m);
  assert.match(read("harbour-works", "README.md"), /^# Harbour Works\n/);
  assert.match(
    read("harbour-works", "src/site/definitions.ts"),
    /features: { posts: false, api: false, domains: false }/,
  );
  assert.match(read("harbour-works", "src/site/definitions.ts"), /mailColours: { gate: "#1d4ed8" }/);
  assert.match(read("harbour-works", "public/css/site.css"), /--gate: #1d4ed8;\n {2}--gate-deep: #143797;/);
  const site = join(parent, "harbour-works");
  assert.equal(git(site, "remote", "get-url", "upstream").trim(), upstream);
  assert.equal(git(site, "log", "--format=%s"), "Create Harbour Works from Postern v0.2.0\npostern: begin\n");
  assert.equal(git(site, "branch", "--show-current"), "main\n");
  assert.equal(git(site, "status", "--porcelain"), "");
  const changed = git(site, "diff", "--name-only", "v0.2.0").trim().split("\n");
  assert.deepEqual(changed, ["README.md", "public/css/site.css", "src/site/definitions.ts", "test/site/home.test.ts"]);
});

test("without options, a site has everything, in the colours of Postern", () => {
  const { status, stderr } = createDirectly(["quay", "--name", "Quay & Sons"]);
  assert.equal(status, 0, stderr);
  assert.match(read("quay", "src/site/definitions.ts"), /^export const site = {} as const;$/m);
  assert.match(read("quay", ".env"), /^APP_NAME="Quay & Sons"$/m);
  assert.match(read("quay", "public/css/site.css"), /Upstream never edits this file/);
});

describe("an invalid command prints one line, and nothing is left", () => {
  const refusals: [args: string[], message: RegExp, settings?: Record<string, string>][] = [
    [[], /^Give the name of one folder/],
    [["one", "two"], /^Give the name of one folder/],
    [["My App"], /^"My App" is not a name\. Use lowercase/],
    [["../"], /is not a name/],
    [["taken"], /^taken exists\. Choose another name\.$/],
    [["missing/app"], /^The folder missing does not exist\.$/],
    [["app", "--name", ""], /^The name must be 1 to 60 characters/],
    [["app", "--name", 'a"b'], /^The name must be/],
    [["app", "--colour", "blue"], /^"blue" is not a colour such as #1d4ed8\.$/],
    [["app", "--colour", "#ffdd00"], /^White text on #ffdd00 is hard to read/],
    [["app", "--without", "login"], /^There is no feature "login" to leave out\. Use one of: posts, api, domains\.$/],
    [["app", "--color", "#000000"], /^Unknown option '--color'/],
    [["app", "--release", "newest"], /^"newest" is not a release/],
    [["app", "--release", "v9.9.9"], /^There is no release v9\.9\.9\.$/],
    [["app"], /cannot be cloned\. Check the address/, { POSTERN_REPOSITORY: join(parent, "nowhere") }],
    [["app"], /^Say where Postern's repository is: --from ADDRESS$/, { POSTERN_REPOSITORY: "" }],
    [["app"], /^git is missing\. Install it, and try again\.$/, { PATH: "/nowhere" }],
  ];
  before(() => mkdirSync(join(parent, "taken")));
  for (const [args, message, settings] of refusals)
    test(`npm create postern ${args.join(" ")}${settings ? ` with ${Object.entries(settings)[0]?.[0]}` : ""}`, () => {
      const known = readdirSync(parent);
      const { status, stdout, stderr } = createDirectly(args, settings);
      assert.match(stderr.trimEnd(), message);
      assert.doesNotMatch(stderr.trimEnd(), /\n/);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.deepEqual(readdirSync(parent), known);
    });

  test("npm create postern --help", () => {
    const { status, stdout } = createDirectly(["--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: npm create postern FOLDER/m);
  });
});
