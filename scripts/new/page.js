// @ts-check
import { besideNavigation, registerAddress, toPlace } from "./address.js";

/** @typedef {import("./address.js").Place} Place */

/**
 * Plans a page for everyone, or a page of the user's account. @param {string} path @param {boolean} isSite @returns {import("../new.js").Plan}
 */
export function planPage(path, isSite) {
  const place = toPlace(path, isSite);
  const view = place.isAccount ? path : `${path}/show`;
  const decided = place.isAccount
    ? { guard: "requireUser", proofs: 'GET: "login"', statuses: { GET: "[303, 303, 200]" } }
    : { guard: "allowAll", proofs: 'GET: "nothing"', statuses: { GET: "[200, 200, 200]" } };
  return {
    exports: [place.router],
    files: {
      [place.route]: route(place.router, view),
      [`${place.views}/${view}.ejs`]: viewOf(place),
      [place.test]: place.isAccount ? accountTest(place) : publicTest(place),
    },
    edits: registerAddress(place, decided),
    next: [
      `Write the page in ${place.views}/${view}.ejs, and see it at ${place.address} (npm run dev).`,
      place.isAccount
        ? "The page is for logged-in users; its guard is in src/routes/account/index.ts."
        : forUsersOnly(place.isInSite),
      ...place.note,
    ],
  };
}

/** @param {boolean} isInSite */
const forUsersOnly = (isInSite) => {
  const [map, proofs, access] = isInSite
    ? ["src/site/routes.ts", "src/site/definitions.ts", "test/site/access.ts"]
    : ["src/routes/index.ts", "src/definitions/proofs.ts", "test/access/access.test.ts"];
  return `The page is for everyone. For users only: requireUser in ${map}, a login in ${proofs} and [303, 303, 200] in ${access}.`;
};

/** @param {string} router @param {string} view */
const route = (router, view) => `import { Router } from "express";

export const ${router} = Router();

${router}.get("/", (_req, res) => {
  res.render("${view}");
});
`;

/** @param {Place} place */
function viewOf({ title, isAccount }) {
  const head = `<%# locals: none %>\n<% page.title = "${title}" %>\n`;
  if (isAccount) return besideNavigation(head, "<p>The text of this page.</p>\n");
  return `${head}<header class="page-header">
  <div>
    <h1><%= page.title %></h1>
    <p class="lede">The text of this page.</p>
  </div>
</header>
`;
}

/** @param {Place} place */
const publicTest = ({ up, address, title }) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { member } from "${up}support/users.js";
import { visitor } from "${up}support/visitor.js";

test("visitors and users can open ${address}", async () => {
  for (const reader of [visitor(), await member()]) {
    const { status, text } = await reader.get("${address}");
    assert.equal(status, 200);
    assert.match(text, /<h1>${title}<\\/h1>/);
  }
});
`;

/** @param {Place} place */
const accountTest = ({ up, address, title }) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { member } from "${up}support/users.js";
import { visitor } from "${up}support/visitor.js";

test("a user can open ${address} from the account navigation", async () => {
  const { status, text } = await (await member()).get("${address}");
  assert.equal(status, 200);
  assert.match(text, /<h1>${title}<\\/h1>/);
  assert.ok(text.includes('href="${address}" aria-current="page"'));
});

test("a visitor who opens ${address} is redirected to the login page", async () => {
  const { status, location } = await visitor().get("${address}");
  assert.equal(status, 303);
  assert.equal(location?.split("?")[0], "/login");
});
`;
