import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { formatLicenses, listLicenses } = await import(
  new URL("../../../scripts/support/release/licenses.js", import.meta.url).href
);
const page = readFileSync(join(root, "docs/licenses.md"), "utf8");
const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

type Installed = { dev?: boolean; version: string };
const { packages } = read("node_modules/.package-lock.json") as { packages: Record<string, Installed> };
const installed = Object.entries(packages).filter(([, { dev }]) => !dev);

/** Returns the license that a package states in its package.json (in the current or older form) or in its readme. */
function findLicense(path: string): string {
  const { license, licenses } = read(`${path}/package.json`);
  const readme = readdirSync(join(root, path)).find((name) => /^readme/i.test(name)) ?? "";
  const isMit = () => readFileSync(join(root, path, readme), "utf8").includes("The MIT License");
  return license ?? licenses?.[0].type ?? (readme && isMit() ? "MIT" : "unknown");
}

test("docs/licenses.md is up to date (`npm run licenses` writes it), and every license is allowed", () => {
  assert.equal(page, formatLicenses(listLicenses()));
});

test("docs/licenses.md lists each package that is installed for production, with the license that the package states", () => {
  const missing = installed.flatMap(([path, { version }]) => {
    const row = `| ${path.split("node_modules/").at(-1)} | ${version} | ${findLicense(path)} |`;
    return existsSync(join(root, path)) && !page.includes(row) ? [row] : [];
  });
  assert.deepEqual(missing, []);
  assert.ok(installed.length > 100);
});

test("a license that is not allowed for its package stops the release", () => {
  const format = (license: string, name = "some") => formatLicenses([{ name, version: "1.0.0", license }]);
  for (const license of ["GPL-3.0-only", "unknown", "SSPL-1.0", "MIT AND LGPL-3.0-or-later"])
    assert.throws(() => format(license), {
      message: new RegExp(`^Not an allowed license: some 1\\.0\\.0 \\(${license}\\)`),
    });
  assert.match(format("Apache-2.0 AND LGPL-3.0-or-later", "@img/sharp-win32-x64"), /sharp-win32-x64/);
});
