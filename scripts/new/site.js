// @ts-check
// A site writes what is its own into files that upstream never edits (docs/adopting.md), so that merging a release cannot
// conflict there.
import { readFileSync } from "node:fs";
import { filesIn } from "../support/build.js";
import { after, imports } from "./edits.js";

/** @typedef {import("./edits.js").Edit} Edit */

const routes = "src/site/routes.ts";
const definitions = "src/site/definitions.ts";
const opening = "export const site = {";

/** What the plan of something that changes the app's own files says in a site. */
export const conflictNote =
  "This changed files of the app, so merging a later release may conflict there (docs/adopting.md).";

/** Adds an entry to a part of the site's definitions. @param {string} part @param {string} key @param {string} entry @returns {Edit} */
export function define(part, key, entry) {
  const row = `\n    ${key}: ${entry},`;
  const start = new RegExp(`^ {2}${part}: \\{`, "m");
  return {
    file: definitions,
    at: (text) => {
      const found = start.exec(text);
      return found ? found.index + found[0].length : after(opening)(text);
    },
    add: (text) => (start.test(text) ? row : `\n  ${part}: {${row}\n  },`),
    unless: `${key}:`,
  };
}

/**
 * Returns the lines that an address of a site needs: among its pages, in its proofs and in its access table.
 * @param {import("./address.js").Place} place
 * @param {{ guard: string, proofs: string, statuses: Record<string, string> }} decided
 * @returns {Edit[]}
 * @throws Error if the app has the address
 */
export function registerInSite({ name, address, router }, { guard, proofs, statuses }) {
  assertNewAddress(address);
  const rows = Object.entries(statuses).map(([method, status]) => `\n  "${method} ${address}": ${status},`);
  return [
    importInRoutes(router, `./${name}.js`),
    importInRoutes(guard, "../web/guards.js"),
    {
      file: routes,
      at: after("export const sitePages: Mount[] = ["),
      add: `\n  { at: "${address}", guard: ${guard}, router: ${router} },`,
    },
    define("proofs", `"${address}"`, `{ ${proofs} }`),
    {
      file: "test/site/access.ts",
      at: after("export const siteAccess: Record<string, Statuses> = {"),
      add: rows.join(""),
      unless: ` ${address}":`,
    },
  ];
}

/** Imports a name, unless the file imports it already. @param {string} name @param {string} from @returns {Edit} */
const importInRoutes = (name, from) => ({
  file: routes,
  at: imports,
  add: `import { ${name} } from "${from}";\n`,
  has: new RegExp(`^import \\{[^}]*\\b${name}\\b[^}]*\\}`, "m"),
});

/** Returns the lines that an API call of a site needs. @param {{ name: string, camel: string, pascal: string }} names @returns {Edit[]} */
export function registerSiteCall({ name, camel, pascal }) {
  assertNewAddress(`/api/v1/${name}`);
  const calls = "src/site/api-calls.ts";
  return [
    { file: calls, at: imports, add: `import { ${camel}Endpoints } from "./${name}-endpoints.js";\n` },
    {
      file: calls,
      at: after("export const siteEndpoints: Record<string, Endpoint>[] = ["),
      add: `${camel}Endpoints, `,
    },
    importInRoutes(`api${pascal}`, `./${name}-api.js`),
    { file: routes, at: after("export const siteApi: Router[] = ["), add: `api${pascal}, ` },
    define("proofs", `"/api/v1/${name}"`, '{ GET: "login" }'),
  ];
}

/** @param {string} address @throws Error if the app has it: the site would replace it */
function assertNewAddress(address) {
  const file = "src/definitions/proofs.ts";
  if (readFileSync(file, "utf8").includes(`"${address}":`)) throw new Error(`${file} already has "${address}":`);
}

/** @param {string} name @throws Error if the app has an email of this name: the site would replace it */
export function assertNewMail(name) {
  const [file] = filesIn("views/mail", `/${name}.ejs`);
  if (file) throw new Error(`${file} exists. Choose another name.`);
}
