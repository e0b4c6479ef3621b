// @ts-check
import { lockedPackages } from "../packages.js";

/** @typedef {{ name: string, version: string, license: string }} LicensedPackage */

/** Licenses that allow everyone to use, change and distribute a package, and only require that its notices are kept. */
const allowed = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"];

/** Packages with other licenses that we accept. */
const exceptions = [
  {
    names: /^@img\/sharp-/,
    license: "LGPL-3.0-or-later",
    why: "libvips, a shared library: it may be replaced by another build, and its source must be offered with it.",
  },
  {
    names: /^@0q\/embedded-mongodb/,
    license: "SSPL-1.0",
    why: "MongoDB's engine. It is optional and not used when `MONGODB_URI` is set. Offering it to others as a service has conditions.",
  },
  {
    names: /^fast-sha256$/,
    license: "Unlicense",
    why: "Dedicated to the public domain: nothing is required. `standardwebhooks` needs it.",
  },
];

/** Packages whose package.json has no license, or one in an older form that the lock file omits. */
const unstated = {
  busboy: "MIT",
  "passport-local": "MIT",
  "passport-strategy": "MIT",
  pause: "MIT",
  streamsearch: "MIT",
};

/** Lists the packages of the lock file that run in production on any platform, with their licenses. */
export function listLicenses() {
  const rows = Object.entries(lockedPackages("package-lock.json")).flatMap(([path, { version, license, dev }]) => {
    const name = path.split("node_modules/").at(-1) ?? "";
    return name === "" || dev ? [] : [{ name, version, license: license ?? { ...unstated }[name] ?? "unknown" }];
  });
  const unique = new Map(rows.map((row) => [`${row.name} ${row.version}`, row]));
  return [...unique.keys()].sort().map((key) => /** @type {LicensedPackage} */ (unique.get(key)));
}

/** Returns the packages whose license is not allowed. @param {LicensedPackage[]} packages */
function findDisallowed(packages) {
  return packages.filter(({ name, license }) => {
    const excepted = exceptions.filter(({ names }) => names.test(name)).map((exception) => exception.license);
    const isAllowed = (/** @type {string} */ one) => allowed.includes(one) || excepted.includes(one);
    const parts = license.split(" AND ").map((part) => part.replace(/^\((.*)\)$/, "$1").split(" OR "));
    return !parts.every((choices) => choices.some(isAllowed));
  });
}

/**
 * Formats docs/licenses.md.
 * @param {LicensedPackage[]} packages
 * @throws if a license is not allowed
 */
export function formatLicenses(packages) {
  const disallowed = findDisallowed(packages).map(({ name, version, license }) => `${name} ${version} (${license})`);
  if (disallowed.length > 0) {
    throw new Error(
      `Not an allowed license: ${disallowed.join(", ")}. scripts/support/release/licenses.js lists them.`,
    );
  }
  return `# Licenses of the packages

The packages that run in production, on any platform, from the lock file. Generated: \`npm run licenses\`.

Allowed: ${allowed.join(", ")}. Exceptions:

${exceptions.map(({ license, why }) => `- **${license}**: ${why}`).join("\n")}

| package | version | license |
|---|---|---|
${packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join("\n")}
`;
}
