// @ts-check
import { before, endOf, imports } from "./edits.js";
import { toNames } from "./names.js";
import { conflictNote, registerInSite } from "./site.js";

/**
 * Returns the names and paths of a page, at the top or among the pages of the user's account. Those of the account are in the
 * app's navigation, so they are among its files in a site too.
 * @param {string} path "about" or "account/about"
 * @param {boolean} isSite
 */
export function toPlace(path, isSite) {
  const isAccount = path.startsWith("account/");
  const names = toNames(path.replace("account/", ""));
  const isInSite = isSite && !isAccount;
  return {
    ...names,
    path,
    isAccount,
    isInSite,
    route: isInSite ? `src/site/${path}.ts` : `src/routes/${path}.ts`,
    views: isInSite ? "views/site" : "views",
    test: isInSite ? `test/site/${path}.test.ts` : `test/routes/${path}.test.ts`,
    note: isSite && isAccount ? [conflictNote] : [],
    address: `/${path}`,
    router: isAccount ? `account${names.pascal}` : names.camel,
    /** Path from a module of this page to src, which is also the path from its test to test. */
    up: isAccount ? "../../" : "../",
  };
}

/** @typedef {ReturnType<typeof toPlace>} Place */

/**
 * Returns the lines that every address needs: in the map, the table of proofs and the access table.
 * @param {Place} place
 * @param {{ guard: string, proofs: string, statuses: Record<string, string> }} decided
 * @returns {import("./edits.js").Edit[]}
 */
export function registerAddress(place, { guard, proofs, statuses }) {
  if (place.isInSite) return registerInSite(place, { guard, proofs, statuses });
  const { name, isAccount, address, router, title } = place;
  const map = `src/routes/${isAccount ? "account/" : ""}index.ts`;
  const mount = `  { at: "${address}", guard: ${guard}, router: ${router} },\n`;
  const rows = Object.entries(statuses).map(([method, status]) => `  "${method} ${address}": ${status},\n`);
  const edits = [
    { file: map, at: imports, add: `import { ${router} } from "./${name}.js";\n` },
    { file: map, at: isAccount ? endOf("const pages: Mount[] = [") : before("  ...auth,\n"), add: mount },
    {
      file: "src/definitions/proofs.ts",
      at: endOf("export const proofs: Record<string, Row> = {"),
      add: `  "${address}": { ${proofs} },\n`,
      unless: `"${address}":`,
    },
    {
      file: "test/access/access.test.ts",
      at: endOf("const table: Record<string, Statuses> = {"),
      add: rows.join(""),
      unless: ` ${address}":`,
    },
  ];
  const link = `    { to: "${address}", text: "${title}" },\n`;
  return isAccount ? [...edits, { file: "views/account/_nav.ejs", at: before("  ] : []),\n"), add: link }] : edits;
}

/** Puts the content of an account page beside the navigation. @param {string} head @param {string} content */
export const besideNavigation = (head, content) => `${head}<div class="account">
  <%- include("account/_nav") %>
  <div class="account-page">
    <h1><%= page.title %></h1>
${content.replace(/^(?=.)/gm, "    ")}  </div>
</div>
`;
