import "../../../support/app.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { loggedIn } from "../../../support/api.js";
import { mailAbout } from "../../../support/mailbox.js";
import { createdAccount } from "../../../support/users/accounts.js";
import { type Member, member, newPerson, withRole } from "../../../support/users.js";

let admin: Member;
before(async () => {
  admin = await withRole("admin");
});
const at = ({ id }: { id: string }) => `/admin/users/${id}/profile`;
const read = ({ id }: { id: string }) => User.findById(id).orFail();

test("an admin edits all that admins see; the user gets an email about the new username", async () => {
  const ada = await member();
  const { username } = newPerson();
  const edited = await admin.submit(at(ada), {
    username,
    email: ada.email,
    bio: "Counts.",
    firstName: "Ada",
    country: "pt",
  });
  assert.deepEqual([edited.status, edited.location], [303, `/admin/users/${ada.id}`]);
  const { bio, profile, email } = await read(ada);
  assert.deepEqual([bio, profile?.firstName, profile?.country, email], ["Counts.", "Ada", "PT", ada.email]);
  await mailAbout(ada.email, /username/i);
  const events = (await AuditEvent.listForUser(ada.id)).events.map(({ event }) => event);
  assert.ok(events.includes("user.renamed") && events.includes("profile.edited"), events.join());
  const page = (await admin.get(at({ id: ada.id }))).text;
  assert.doesNotMatch(page, /name="(phone|address|shown)"/, "admins don't see these");
  assert.equal((await admin.submit(at(ada), { phone: "+49 30 1234567" })).status, 422);
});

test("a new email waits for its owner; an unconfirmed one is replaced at once", async () => {
  const ada = await member();
  const wanted = newPerson().email;
  assert.equal((await admin.submit(at(ada), { email: wanted })).status, 303);
  assert.match((await admin.get(`/admin/users/${ada.id}`)).text, /takes effect when they confirm it/);
  assert.equal((await read(ada)).email, ada.email);
  const eve = (await createdAccount(newPerson())) ?? assert.fail();
  const right = newPerson().email;
  assert.equal((await admin.submit(at({ id: eve.id }), { email: right })).status, 303);
  assert.equal((await read({ id: eve.id })).email, right);
});

test("an account that lost its address can be edited without one", async () => {
  const eve = (await createdAccount(newPerson())) ?? assert.fail();
  await eve.loseEmail();
  assert.equal((await admin.submit(at({ id: eve.id }), { email: "", bio: "No address." })).status, 303);
  assert.equal((await read({ id: eve.id })).bio, "No address.");
});

test("messages say 'the' name to an admin, and 'your' name to its owner", async () => {
  const ada = await member();
  const wrong = { firstName: "A\u0001", lastName: "B\nC", bio: "\u0001" };
  const messagesIn = ({ status, text }: { status: number; text: string }) => {
    assert.equal(status, 422);
    return [...text.matchAll(/-error">(.*?)<\/p>/g)].map(([, message = ""]) => message.replace(/<.*>/, ""));
  };
  const ofText = "Remove invisible control characters from the text.";
  assert.deepEqual(messagesIn(await admin.submit(at(ada), wrong)), [
    ofText,
    "Remove invisible control characters from the first name.",
    "Keep the last name on one line.",
  ]);
  assert.deepEqual(messagesIn(await ada.submit("/account/profile", wrong)), [
    ofText,
    "Remove invisible control characters from your first name.",
    "Keep your last name on one line.",
  ]);
  const api = await loggedIn(admin);
  const named = { username: "grace-hopper", email: newPerson().email };
  for (const { status, body } of [
    await api.patch(`/users/${ada.id}`, wrong),
    await api.post("/users", { ...named, ...wrong }),
    await api.post("/users", { ...named, password: "grace-hopper-grace" }),
  ]) {
    assert.equal(status, 422);
    assert.doesNotMatch(JSON.stringify(body.errors), /\byour?\b/i);
  }
});

test("nobody edits a user whose rights they don't have", async () => {
  const boss = await withRole("superadmin");
  assert.equal((await admin.get(at(boss))).status, 403);
  assert.equal((await (await withRole("editor")).get(at(boss))).status, 403);
});
