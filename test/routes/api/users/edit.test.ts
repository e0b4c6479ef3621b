import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn } from "../../../support/api.js";
import { allJobsDone } from "../../../support/jobs/waiting.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";
import { newPerson, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

let admin: ApiMember;
before(async () => {
  admin = await apiMember(await withRole("admin"));
});
const at = ({ id }: { id: string }) => `/users/${id}`;
const events = async ({ id }: { id: string }) => (await AuditEvent.listForUser(id)).events.map(({ event }) => event);
const getTag = async (user: { id: string }) => (await admin.api.get(at(user))).headers.get("etag") ?? "";

test("an admin changes the username as often as needed; the user gets an email and logs in with it", async () => {
  const bob = await account();
  for (const username of [newPerson().username, newPerson().username]) {
    const { status, body } = await admin.api.patch(at(bob), { username });
    assert.deepEqual([status, body.username], [200, username]);
    await mailAbout(bob.email, /Your username was changed/);
    await loggedIn({ ...bob, username });
  }
  const user = await User.findById(bob.id).orFail();
  assert.equal(await user.rename(bob.username), "done", "the user's own weekly limit is not used up");
  const taken = await admin.api.patch(at(bob), { username: admin.username.toUpperCase(), firstName: "Bob" });
  assert.equal(taken.status, 422);
  assert.equal(taken.body.errors[0].pointer, "#/username");
  assert.equal((await admin.api.get(at(bob))).body.firstName, "", "nothing was saved");
});

test("an admin changes the profile; sending the same data again changes and records nothing", async () => {
  const bob = await account();
  const edit = { firstName: "Bob", country: "de", bio: "I build." };
  const { status, body } = await admin.api.patch(at(bob), edit);
  assert.equal(status, 200);
  assert.deepEqual([body.firstName, body.country, body.bio], ["Bob", "DE", "I build."]);
  const again = await admin.api.patch(at(bob), { ...edit, username: bob.username, email: bob.email });
  assert.equal(again.body.updatedAt, body.updatedAt);
  assert.deepEqual((await events(bob)).filter((event) => event === "profile.edited").length, 1);
  assert.equal((await admin.api.patch(at(bob), { firstName: "" })).body.firstName, "");
  assert.equal((await mailsTo(bob.email)).length, 0);
});

test("a new email takes effect when its owner confirms it; until then the user stays logged in", async () => {
  const bob = await apiMember();
  const email = newPerson().email;
  const { status, body } = await admin.api.patch(at(bob), { email });
  assert.deepEqual([status, body.email, body.pendingEmail], [200, bob.email, email]);
  assert.equal((await bob.api.get("/users/me")).status, 200);
  const undo = await mailAbout(bob.email, /about to change/);
  assert.match(undo.text, /\/email-undo\//);
  const confirm = linkIn(await mailAbout(email, /Confirm your new email/), "/email-change/");
  assert.equal((await visitor().submit(confirm, {})).status, 303);
  const after = (await admin.api.get(at(bob))).body;
  assert.deepEqual([after.email, after.pendingEmail], [email, null]);
  assert.ok(after.emailConfirmedAt);
  assert.deepEqual((await events(bob)).slice(0, 2), ["email.changed", "email.change-asked"]);
});

test("an unconfirmed email is replaced at once, and the link goes to the new one", async () => {
  const person = newPerson();
  const made = await admin.api.post("/users", person);
  const email = newPerson().email;
  const { status, body } = await admin.api.patch(at(made.body), { email });
  assert.deepEqual([status, body.email, body.emailConfirmedAt, body.pendingEmail], [200, email, null, null]);
  await mailAbout(email, /Confirm/, "/email-confirmation/");
  const taken = await admin.api.patch(at(made.body), { email: admin.email });
  assert.equal(taken.status, 422);
  assert.equal(taken.body.errors[0].pointer, "#/email");
});

describe("input that doesn't fit", () => {
  const bodies: [body: Record<string, unknown>, pointer: string][] = [
    [{}, "#"],
    [{ username: "a b" }, "#/username"],
    [{ email: "nobody" }, "#/email"],
    [{ email: { $ne: "" } }, "#/email"],
    [{ firstName: "x".repeat(61) }, "#/firstName"],
    [{ phone: "+49 30 1234567" }, "#/phone"],
    [{ shown: ["name"] }, "#/shown"],
    [{ password: "another-sturdy-Gate-1" }, "#/password"],
    [{ roles: [] }, "#/roles"],
    [{ reason: "Spam." }, "#/reason"],
    [{ disabled: true }, "#/reason"],
    [{ disabled: true, reason: "Spam.", firstName: "Bob" }, "#/disabled"],
    [{ disabled: false, username: "robert" }, "#/disabled"],
  ];
  for (const [body, pointer] of bodies) {
    test(`${JSON.stringify(body).slice(0, 60)}: 422 at ${pointer}`, async () => {
      const bob = await account();
      const answer = await admin.api.patch(at(bob), body);
      assert.equal(answer.status, 422);
      assert.equal(answer.body.errors[0].pointer, pointer);
    });
  }
});

test("a call that enables an account and changes it is rejected entirely: the account stays disabled", async () => {
  const bob = await account();
  const off = await admin.api.patch(at(bob), { disabled: true, reason: "Left." });
  assert.ok(off.body.disabledAt);
  assert.equal((await admin.api.patch(at(bob), { disabled: false, username: admin.username })).status, 422);
  assert.ok((await admin.api.get(at(bob))).body.disabledAt);
});

test("of five changes with one ETag, one succeeds", async () => {
  const bob = await account();
  const tag = await getTag(bob);
  const edits = Array.from({ length: 5 }, (_, n) =>
    admin.api.patch(at(bob), { firstName: `Bob ${n}` }, { "if-match": tag }),
  );
  const statuses = (await Promise.all(edits)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 412, 412, 412, 412]);
});

test("of five new emails with one ETag, one is accepted, and only its address gets a link", async () => {
  for (const bob of [await account(), (await admin.api.post("/users", newPerson())).body]) {
    const tag = await getTag(bob);
    const emails = Array.from({ length: 5 }, () => newPerson().email);
    const edits = emails.map((email) => admin.api.patch(at(bob), { email }, { "if-match": tag }));
    const statuses = (await Promise.all(edits)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 412, 412, 412, 412]);
    await allJobsDone();
    const counts = await Promise.all(emails.map(async (email) => (await mailsTo(email)).length));
    assert.deepEqual(counts.sort(), [0, 0, 0, 0, 1]);
  }
});

test("a username and an email that change together are saved together, and their ETag holds for both", async () => {
  const bob = await account();
  const tag = await getTag(bob);
  const [{ username }, { email }] = [newPerson(), newPerson()];
  const { status, body } = await admin.api.patch(at(bob), { username, email }, { "if-match": tag });
  assert.deepEqual([status, body.username, body.pendingEmail], [200, username, email]);
  assert.match((await mailAbout(email, /Confirm your new email/)).text, new RegExp(username));
});

test("the email of a disabled account stays, confirmed or not, and nothing else of the same call is saved", async () => {
  for (const bob of [await account(), (await admin.api.post("/users", newPerson())).body]) {
    await (await User.findById(bob.id).orFail()).disable();
    const before = (await admin.api.get(at(bob))).body;
    const edit = { username: newPerson().username, email: newPerson().email };
    const { status, body } = await admin.api.patch(at(bob), edit);
    assert.equal(status, 409);
    assert.match(body.detail, /disabled. Enable it before/);
    assert.deepEqual((await admin.api.get(at(bob))).body, before);
    assert.equal((await admin.api.patch(at(bob), { username: edit.username })).status, 200);
  }
});

test("a new email of an account that is disabled meanwhile is rejected entirely", async () => {
  const bob = (await admin.api.post("/users", newPerson())).body;
  const user = await User.findById(bob.id).orFail();
  const late = mock.method(User, "findByEmail", async () => {
    late.mock.restore();
    await user.disable();
    return null;
  });
  const edit = { username: newPerson().username, email: newPerson().email };
  assert.equal((await admin.api.patch(at(bob), edit)).status, 409);
  const after = (await admin.api.get(at(bob))).body;
  assert.deepEqual([after.username, after.email], [bob.username, bob.email]);
});

test("of two admins who give one username to two users at once, one succeeds", async () => {
  const [bob, eve] = [await account(), await account()];
  const { username } = newPerson();
  const both = await Promise.all([bob, eve].map((one) => admin.api.patch(at(one), { username })));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 422]);
});

test("a token needs the scope of what it changes", async () => {
  const bob = await account();
  const editing = await tokenFor(admin, "users.read", "users.edit");
  assert.equal((await editing.patch(at(bob), { firstName: "Bob" })).status, 200);
  const refused = await editing.patch(at(bob), { disabled: true, reason: "Spam." });
  assert.match(refused.headers.get("www-authenticate") ?? "", /scope="users.disable"/);
  const stopping = await tokenFor(admin, "users.read", "users.disable");
  const answer = await stopping.patch(at(bob), { firstName: "Rob" });
  assert.equal(answer.status, 403);
  assert.match(answer.headers.get("www-authenticate") ?? "", /scope="users.edit"/);
  assert.equal((await stopping.patch(at(bob), { disabled: true, reason: "Spam." })).status, 200);
});
