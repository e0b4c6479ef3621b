// @ts-check
// `npm run release -- 0.3.0` sets the version, dates the changelog, lists licenses, writes a bill of materials, commits
// and tags. It does not push. `--only-licenses` (`npm run licenses`) only writes the list of licenses.
import "./support/setup.js";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { command } from "./support/command.js";
import { dateSection } from "./support/release/changelog.js";
import { formatLicenses, listLicenses } from "./support/release/licenses.js";

const CHANGELOG = "CHANGELOG.md";
const LICENSES = "docs/licenses.md";
const FOLDER = "release";

await command(async () => {
  const { values, positionals } = parseArgs({
    options: { "only-licenses": { type: "boolean" } },
    allowPositionals: true,
  });
  const licenses = formatLicenses(listLicenses());
  if (values["only-licenses"]) return writeFileSync(LICENSES, licenses);
  const [version = "", ...rest] = positionals;
  assertReleasable(version, rest);
  const date = new Date().toISOString().slice(0, 10);
  const changelog = dateSection(readFileSync(CHANGELOG, "utf8"), { version, date });

  writeFileSync(CHANGELOG, changelog);
  writeFileSync(LICENSES, licenses);
  run("npm", "version", version, "--no-git-tag-version", "--allow-same-version", "--ignore-scripts");
  const bill = writeBillOfMaterials(version);
  run("git", "add", CHANGELOG, LICENSES, "package.json", "package-lock.json");
  run("git", "commit", "--quiet", "--allow-empty", "--message", `release: set version ${version}`);
  run("git", "tag", "--annotate", `v${version}`, "--message", `Version ${version}`);
  console.log(`Committed and tagged v${version}; the bill of materials is ${bill}. Look at both (\`git show\`), then publish:
  git push --follow-tags
To undo it before that: git tag --delete v${version} && git reset --hard HEAD~1`);
});

/**
 * Checks that the release can be made.
 * @param {string} version
 * @param {string[]} rest other arguments
 * @throws if the usage is wrong, something is not committed, or the version is not newer
 */
function assertReleasable(version, rest) {
  if (!/^\d+\.\d+\.\d+$/.test(version) || rest.length > 0) throw new Error("Usage: npm run release -- 0.3.0");
  const changes = run("git", "status", "--porcelain");
  if (changes) throw new Error(`Commit these changes first, or remove them:\n${changes}`);
  const current = JSON.parse(readFileSync("package.json", "utf8")).version;
  const order = version.localeCompare(current, "en", { numeric: true });
  const isTagged = run("git", "tag", "--list", `v${version}`) !== "";
  if (order < 0 || isTagged)
    throw new Error(`${version} is not newer than ${isTagged ? `the tag v${version}` : current}.`);
}

/**
 * Writes the list of all packages with their licenses and checksums. @param {string} version @returns {string} its file
 * (CycloneDX)
 */
function writeBillOfMaterials(version) {
  const format = ["--sbom-format=cyclonedx", "--sbom-type=application"];
  const bill = JSON.parse(run("npm", "sbom", ...format, "--omit=dev", "--package-lock-only"));
  const { name } = JSON.parse(readFileSync("package.json", "utf8"));
  bill.metadata.component.name = name; // npm names it after the folder
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${name}-${version}.cdx.json`;
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  return file;
}

/** Runs a program. @param {string} program @param {...string} args @returns {string} its output @throws if it fails */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}
