import "../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createOnceKey } from "../../../src/lib/once-keys.js";
import { ApiToken, MOST_TOKENS } from "../../../src/models/api-token.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { readToken as secretOf } from "../../support/api/tokens.js";
import { program } from "../../support/api.js";
import { mailAbout } from "../../support/mailbox.js";
import { actAs, type Member, member, withRole } from "../../support/users.js";

const page = "/account/api-tokens";
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const make = (person: Member, fields: object = {}) =>
  person.submit(page, { description: "Backup", scopes: "account.read", expiresInDays: "30", ...fields });
const idIn = (text: string) => new RegExp(`${page}/([0-9a-f]{24})/revoke`).exec(text)?.[1] ?? "";
const secretIn = (text: string) => /pst_\w{49}/.exec(text)?.[0] ?? "";

test("a user creates an API token, sees its secret once, uses it, and revokes it in the list", async () => {
  const ada = await member();
  assert.match((await ada.get(page)).text, /have any API tokens yet/);
  const made = await make(ada);
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("cache-control"), "no-store");
  const secret = secretIn(made.text);
  const robot = program(secret);
  assert.equal((await robot.get("/users/me")).body.username, ada.username);
  const mail = await mailAbout(ada.email, /New API token created/);
  assert.match(mail.text.replace(/\s+/g, " "), new RegExp(`begins with ${secret.slice(0, 8)}\\.`));
  assert.doesNotMatch(mail.text + mail.html, /Backup/, "an intruder could choose the description");

  const list = (await ada.get(page)).text;
  assert.match(list, /Backup/);
  assert.match(list, /from 127\.0\.0\.1/);
  assert.match(list, /Can read your account\./);
  assert.equal(list.includes(secret), false);
  const revoked = await ada.submit(page, {}, `${page}/${idIn(list)}/revoke`);
  assert.equal(revoked.location, page);
  assert.equal((await robot.get("/users/me")).status, 401);
});

test("a token form with errors keeps its input and creates no token", async () => {
  const ada = await member();
  const { status, text } = await ada.submit(page, { description: "My <robot>", expiresInDays: "365" });
  assert.equal(status, 422);
  assert.match(text, /value="My &#60;robot&#62;"|value="My &lt;robot&gt;"/);
  assert.match(text, /Select at least one permission\./);
  assert.match(text, /<option value="365" dir="auto" selected>/);
  for (const expiresInDays of ["0", "366", "-1", "1e2", "30 ", "", "for ever"]) {
    assert.equal((await make(ada, { expiresInDays })).status, 422, expiresInDays);
  }
  assert.equal((await make(ada, { scopes: "users.delete" })).status, 422, "the user lacks this permission");
  assert.equal(await ApiToken.countDocuments({ user: (await account(ada))._id }), 0);
});

test("the form offers admin scopes to admins, and only member scopes to members", async () => {
  assert.doesNotMatch((await (await member()).get(page)).text, /users\.read/);
  assert.match((await (await withRole("admin")).get(page)).text, /value="users\.read"/);
});

test("creating a token needs a recent login; viewing and revoking tokens do not", async (t) => {
  const ada = await member();
  const robot = await secretOf(ada, "account.read");
  const later = Date.now() + 11 * 60_000;
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["Date"], now: later });
  assert.equal((await make(ada)).status, 401, "test/web/pages/typed.test.ts checks that the input is kept");
  assert.match((await ada.get(page)).text, /A robot/);
  assert.equal((await ada.submit(page, {}, `${page}/${robot.id}/revoke`)).location, page);
  assert.equal(await ApiToken.countDocuments({ _id: robot.id }), 0);
});

test("sending the form of a revoked token again creates another token; the old secret stays invalid", async () => {
  const ada = await member();
  const fields = { description: "A robot", scopes: "account.read", expiresInDays: "30", once: createOnceKey() };
  const ends = {
    "its own button": async (id: string) => void (await ada.submit(page, {}, `${page}/${id}/revoke`)),
    "the end of all": async () => void (await ApiToken.revokeAll((await account(ada))._id)),
  };
  const secrets = new Set<string>();
  for (const [how, end] of Object.entries(ends)) {
    const [made, again] = [await ada.submit(page, fields), await ada.submit(page, fields)];
    const secret = secretIn(made.text);
    assert.equal(secretIn(again.text), secret, "the same secret while the token exists");
    assert.equal((await program(secret).get("/users/me")).status, 200);
    const [token] = await ApiToken.listForUser((await account(ada)).id);
    await end(String(token?._id));
    secrets.add(secret);
    const other = await ada.submit(page, fields);
    assert.equal(other.status, 201, how);
    secrets.add(secretIn(other.text));
    for (const one of [...secrets].slice(0, -1)) assert.equal((await program(one).get("/users/me")).status, 401, how);
  }
  assert.equal(secrets.size, 3);
});

test("a user cannot revoke another user's token, and an admin who impersonates a user cannot see theirs", async () => {
  const [ada, bob, admin] = [await member(), await member(), await withRole("admin")];
  const robot = await secretOf(ada, "account.read");
  for (const id of [robot.id, "0".repeat(24), "x", "%00"]) {
    assert.equal((await bob.submit(page, {}, `${page}/${id}/revoke`)).status, 404, id);
  }
  await actAs(admin, ada);
  assert.equal((await admin.get(page)).status, 403);
  assert.equal((await robot.get("/users/me")).status, 200);
});

test("a user who has the maximum number of tokens cannot create another one", async () => {
  const ada = await member();
  const { id } = await account(ada);
  const expiresAt = new Date(Date.now() + 86_400_000);
  const one = { description: "x", scopes: ["posts.read" as const], expiresAt };
  for (let n = 0; n < MOST_TOKENS; n += 1) assert.ok(await ApiToken.issue(id, one));
  const { status, text } = await make(ada);
  assert.equal(status, 422);
  assert.match(text, /reached the limit of 50 tokens/);
});

test("an admin sees a user's tokens and revokes one, and the owner is notified", async () => {
  const [ada, admin] = [await member(), await withRole("admin")];
  const robot = await secretOf(ada, "account.read");
  const subject = `/admin/users/${(await account(ada)).id}`;
  assert.match((await admin.get(subject)).text, /A robot/);
  const revoke = `${subject}/api-tokens/${robot.id}/revoke`;
  assert.equal((await admin.submit(subject, {}, revoke)).location, subject);
  assert.equal((await robot.get("/users/me")).status, 401);
  const { text } = await mailAbout(ada.email, /was revoked/);
  assert.match(text, /begins\s+with\s+pst_\w{4}\. Programs/);
  assert.doesNotMatch(text, /robot/);
  assert.equal((await admin.submit(subject, {}, revoke)).status, 404);
  const [event] = (await AuditEvent.listForUser((await account(ada)).id)).events;
  assert.equal(event?.event, "api-token.revoked");
  assert.notEqual(String(event?.actor), (await account(ada)).id);
});

test("an admin cannot revoke a superadmin's tokens", async () => {
  const [boss, admin] = [await withRole("superadmin"), await withRole("admin")];
  const robot = await secretOf(boss, "account.read");
  const subject = `/admin/users/${(await account(boss)).id}`;
  assert.equal((await admin.submit("/posts/new", {}, `${subject}/api-tokens/${robot.id}/revoke`)).status, 403);
  assert.equal((await robot.get("/users/me")).status, 200);
});
