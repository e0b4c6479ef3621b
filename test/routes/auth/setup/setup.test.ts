import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { findSetupUrl } from "../../../../src/services/account/setup.js";
import { newPerson } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

// The tests depend on their order, because the page exists only while the database is empty.

let path = "";
const ada = { ...newPerson(), username: "ada" };

test("the setup link is derived from the session secret without revealing it", async () => {
  const address = (await findSetupUrl()) ?? assert.fail("nobody has an account yet");
  assert.match(address, /^http:\/\/localhost:3000\/setup\/[\w-]{43}$/);
  assert.ok(!address.includes(config.sessionSecrets[0] ?? ""));
  assert.equal(await findSetupUrl(), address, "all processes show the same link");
  path = new URL(address).pathname;
});

test("a wrong setup token gives 404, with GET and POST", async () => {
  for (const wrong of ["x", `${path.slice(7)}x`, path.slice(7, -1), "%00", "undefined", "a".repeat(5_000)]) {
    assert.equal((await visitor().get(`/setup/${wrong}`)).status, 404, wrong.slice(0, 50));
    const answer = await visitor().submit("/login", ada, `/setup/${wrong}`);
    assert.equal(answer.status, 404, wrong.slice(0, 50));
  }
  assert.equal((await visitor().get("/setup")).status, 404);
  assert.equal(await User.countDocuments(), 0);
});

test("the setup page has a form that shows its errors", async () => {
  const page = await visitor().get(path);
  assert.equal(page.status, 200);
  assert.match(page.text, /<h1>Create the first account<\/h1>/);
  assert.equal(
    page.headers.get("referrer-policy"),
    "strict-origin",
    "other pages do not get the path, which is secret",
  );
  const refused = await visitor().submit(path, { username: "ada", email: "no", password: "short" });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /id="email-error"/);
  assert.match(refused.text, /id="password-error"/);
  const forged = await visitor().send(path, ada);
  assert.equal(forged.status, 403);
  const more = await visitor().submit(path, { ...ada, roles: "admin" });
  assert.equal(more.status, 422);
  assert.equal(await User.countDocuments(), 0);
});

test("of twenty setup forms at once, one creates the superadmin and logs them in, and the others get 404", async () => {
  const people = Array.from({ length: 20 }, () => ({ ...newPerson(), browser: visitor() }));
  const tokens = await Promise.all(people.map(async ({ browser }) => readToken((await browser.get(path)).text)));
  const answers = await Promise.all(
    people.map(async ({ browser, ...person }, n) => browser.send(path, { ...person, _csrf: tokens[n] ?? "" })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array(19).fill(404)]);
  assert.equal(await User.countDocuments(), 1);
  const winner = people[answers.findIndex(({ status }) => status === 303)] ?? assert.fail();
  const user = await User.findOne({ username: winner.username }).orFail();
  assert.ok(user.emailConfirmedAt);
  assert.deepEqual(
    user.roles.map(({ role, domain }) => [role, domain]),
    [["superadmin", null]],
  );
  assert.equal(await user.isLastSuperadmin(), true, "the user is the last superadmin");
  assert.equal((await winner.browser.get("/admin")).status, 200);
  const events = (await AuditEvent.listForUser(user.id)).events.map(({ event }) => event);
  assert.deepEqual(events.sort(), ["role.granted", "session.started", "user.registered"]);
});

test("once an account exists, the setup page gives 404, even for a form that was open", async () => {
  assert.equal(await findSetupUrl(), null);
  assert.equal((await visitor().get(path)).status, 404);
  assert.equal((await visitor().submit("/login", { ...newPerson() }, path)).status, 404);
  await User.deleteMany({});
  assert.equal((await visitor().get(path)).status, 404, "a running process does not check the database again");
});
