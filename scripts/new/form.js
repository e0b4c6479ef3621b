// @ts-check
import { besideNavigation, registerAddress, toPlace } from "./address.js";

/** @typedef {import("./address.js").Place} Place */

/** Plans a page with a form for users. @param {string} path @param {boolean} isSite @returns {import("../new.js").Plan} */
export function planForm(path, isSite) {
  const place = toPlace(path, isSite);
  const formFile = place.isInSite ? `src/site/${path}-form.ts` : `src/forms/${path}.ts`;
  const view = place.isAccount ? path : `${path}/new`;
  const statuses = { GET: "[303, 303, 200]", POST: "[303, 303, 422]" };
  return {
    exports: [place.router, `${place.camel}Form`],
    files: {
      [formFile]: form(place),
      [place.route]: route(place, view),
      [`${place.views}/${view}.ejs`]: viewOf(place),
      [place.test]: testOf(place),
    },
    edits: registerAddress(place, { guard: "requireUser", proofs: 'GET: "login", POST: "login"', statuses }),
    next: [
      `Name the fields in ${formFile} and in ${place.views}/${view}.ejs; src/forms/fields.ts has those that exist.`,
      `Give input.data to a function in src/services, where ${place.route} says so.`,
      "If it creates something or sends an email: a once key, as in src/forms/posts.ts, and a row in test/forms/once.test.ts.",
      ...place.note,
    ],
  };
}

/** @param {Place} place */
const form = ({ isAccount, isInSite, address, camel }) => `import { z } from "zod";
import { defineForm } from "${isInSite ? "../forms" : isAccount ? ".." : "."}/form.js";
import { isVisible, text } from "${isInSite ? "../forms" : isAccount ? ".." : "."}/text.js";

const message = text("a message", 2_000).refine(isVisible, "Enter a message.");

/** The form at ${address}. */
export const ${camel}Form = defineForm(z.strictObject({ message }));
`;

/** @param {Place} place @param {string} view */
const route = ({ path, isInSite, address, up, camel, router }, view) => `import { Router } from "express";
import { ${camel}Form } from "${isInSite ? `./${path}-form` : `${up}forms/${path}`}.js";
import { flash } from "${up}web/pages/flash.js";
import { renderFormErrors } from "${up}web/pages/problem-json.js";

export const ${router} = Router();

${router}.get("/", (_req, res) => {
  res.render("${view}", { form: ${camel}Form.blank() });
});

${router}.post("/", (req, res) => {
  const input = ${camel}Form.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "${view}", { form: input.form });
  // Here, call a function in src/services with getActor(req) and input.data.
  flash(res, "success", "Thank you. Your message has arrived.");
  res.redirect(303, "${address}");
});
`;

/** @param {Place} place */
function viewOf({ title, address, isAccount }) {
  const head = `<%# locals: form %>\n<% page.title = "${title}" %>\n<% page.modules = ["form-errors", "submit-once"] %>\n`;
  const field = '{ field: form.fields.message, label: "Message", type: "textarea", required: true }';
  const button = isAccount
    ? '<p class="actions"><button class="button">Send message</button></p>'
    : '<button class="button button-wide">Send message</button>';
  const content = `<form method="post" action="${address}" novalidate data-submit-once>
  <%- include("partials/csrf") %>
  <%- include("partials/form-errors", { form }) %>
  <%- include("partials/field", ${field}) %>
  ${button}
</form>
`;
  if (isAccount) return besideNavigation(head, content);
  return `${head}<div class="doorway">\n  <h1><%= page.title %></h1>\n${content.replace(/^(?=.)/gm, "  ")}</div>\n`;
}

/** @param {Place} place */
const testOf = ({ up, address }) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { member } from "${up}support/users.js";
import { readToken, unescaped } from "${up}support/visitor.js";

const page = "${address}";
const message = 'Typed <b> & "kept".';

test("a user who sends the form at ${address} sees that the message has arrived", async () => {
  const ada = await member();
  const done = await ada.submit(page, { message });
  assert.deepEqual([done.status, done.location], [303, page]);
  assert.match((await ada.get(page)).text, /Your message has arrived/);
});

test("an invalid form at ${address} shows an error and keeps the typed text", async () => {
  const ada = await member();
  const long = message + "x".repeat(2_000);
  for (const [typed, error] of [
    ["", /class="field-error"[^>]*>[\\s\\S]*Enter a message\\./],
    [long, /class="field-error"[^>]*>[\\s\\S]*Use at most 2,000 characters\\./],
  ] as const) {
    const { status, text } = await ada.submit(page, { message: typed });
    assert.equal(status, 422);
    assert.match(text, error);
    assert.ok(unescaped(text).includes(typed));
  }
});

test("a form with an unexpected field or without a CSRF token is refused at ${address}", async () => {
  const ada = await member();
  const _csrf = readToken((await ada.get(page)).text);
  assert.equal((await ada.send(page, { _csrf, message, isAdmin: "true" })).status, 422);
  assert.equal((await ada.send(page, { message })).status, 403);
  assert.equal((await ada.send(page, { _csrf: "wrong", message })).status, 403);
  assert.equal((await ada.send(page, { _csrf, message })).status, 303);
});
`;
