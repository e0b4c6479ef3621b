import "../../../support/settings/email-confirmation-optional.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { operatorActor } from "../../../../src/actor.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Post } from "../../../../src/models/post.js";
import { User } from "../../../../src/models/user.js";
import { releaseAddress } from "../../../../src/services/account/email-release.js";
import { makeResetLink } from "../../../../src/services/admin/support.js";
import { apiMember } from "../../../support/api/users.js";
import { loggedIn } from "../../../support/api.js";
import { waitingJobs } from "../../../support/jobs/waiting.js";
import { linkFor, press } from "../../../support/mail/links.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { account as confirmedAccount } from "../../../support/users/accounts.js";
import { addPasskey, usePasskey } from "../../../support/users/passkeys.js";
import { newPerson, post, signedUp, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

// As unproven-addresses.test.ts, but users may log in before they confirm their email.

const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const isIn = async (one: { get: (path: string) => Promise<{ status: number }> }) =>
  (await one.get("/dashboard")).status === 200;

test("the first confirmation ends all sessions and remembered browsers, except the confirming browser", async () => {
  const ada = await signedUp();
  const [kept, api] = [visitor(), await loggedIn(ada)];
  await kept.submit("/login", { login: ada.username, password: ada.password, remember: "on" });
  await ada.submit("/login", { login: ada.username, password: ada.password });
  assert.equal((await press(await linkFor(ada, "email-confirmation"), ada)).location, "/dashboard");
  assert.ok(await isIn(ada));
  kept.cookies.delete("sid");
  assert.ok(!(await isIn(kept)));
  assert.equal((await api.get("/users/me")).status, 401);
});

test("the owner of an email that a stranger registered gets in only with the password or a new one", async () => {
  const eve = await signedUp();
  const owner = visitor();
  const link = await linkFor(eve, "email-confirmation");
  assert.equal((await press(link, owner)).status, 422);
  assert.equal((await owner.submit(link, { newPassword: "a-Bell-in-the-tower" })).location, "/dashboard");
  assert.ok(!(await isIn(eve)));
  assert.equal((await visitor().submit("/login", { login: eve.username, password: eve.password })).status, 401);
});

for (const purpose of ["email-confirmation", "password-reset"] as const) {
  test(`the passkey of a stranger who registered an email is removed when its owner proves it: ${purpose}`, async () => {
    const eve = await signedUp();
    const passkey = await addPasskey(eve);
    const owner = visitor();
    const password = "a-Bell-in-the-tower";
    const field = purpose === "email-confirmation" ? "newPassword" : "password";
    await owner.submit(await linkFor(eve, purpose), { [field]: password });
    assert.equal((await usePasskey(visitor(), passkey)).status, 401);
    assert.equal((await visitor().submit("/login", { login: eve.email, password })).location, "/dashboard");
    assert.ok(!(await isIn(eve)));
  });
}

test("if another account confirms its email, an account in use continues without an email", async () => {
  const eve = await signedUp();
  await post(eve, { title: "Written before" });
  const ada = await signedUp({ ...newPerson(), email: eve.email });
  assert.equal((await press(await linkFor(ada, "email-confirmation"), ada)).status, 303);
  const page = await eve.get("/dashboard");
  assert.equal(page.status, 200);
  assert.match(page.text, /has no email address[\s\S]*href="\/email-confirmation"/);
  assert.equal((await account(eve)).email, "");
  assert.equal(await Post.countDocuments({ title: "Written before" }), 1);
  assert.equal((await (await loggedIn(eve)).get("/users/me")).body.email, null);
  const fields = { email: newPerson().email, currentPassword: eve.password };
  assert.equal((await eve.submit("/email-confirmation", fields)).status, 303);
  assert.equal((await press(await linkFor(eve, "email-confirmation"), eve)).status, 303);
  assert.equal((await account(eve)).email, fields.email);
});

test("accepting an invitation confirms an unconfirmed account and grants the role", async () => {
  const ada = await signedUp();
  const [other, api] = [visitor(), await loggedIn(ada)];
  await other.submit("/login", { login: ada.username, password: ada.password });
  const boss = await confirmedAccount();
  await (await account(boss)).grantRole({ role: "superadmin", domain: null });
  const admin = visitor();
  await admin.submit("/login", { login: boss.username, password: boss.password });
  await admin.submit("/admin/invitations", { email: ada.email, role: "editor" });
  const link = linkIn(await mailAbout(ada.email, /invite/i, "/invitations/"), "/invitations/");
  assert.match((await ada.get(link)).text, /Accept invitation/);
  assert.equal((await press(link, ada)).location, "/dashboard");
  const { emailConfirmedAt, roles } = await account(ada);
  assert.ok(emailConfirmedAt);
  assert.deepEqual(
    roles.map(({ role }) => role),
    ["editor"],
  );
  assert.ok(await isIn(ada), "the accepting browser stays logged in");
  assert.ok(!(await isIn(other)));
  assert.equal((await api.get("/users/me")).status, 401);
  assert.equal(await User.countDocuments({ email: ada.email }), 1, "no second account was created");
  assert.equal(
    (await ada.submit("/account/profile", {}, link)).location,
    "/dashboard",
    "clicking again leads to the dashboard",
  );
});

test("an account that lost its email gets no emails, and admins see why", async () => {
  const [ada, root] = [await signedUp(), await withRole("superadmin")];
  await confirmedAccount({ ...newPerson(), email: ada.email });
  await releaseAddress(ada.email);
  const { id, email } = await account(ada);
  assert.equal(email, "");
  const at = `/admin/users/${id}`;
  for (const what of ["send-reset", "send-confirmation"]) {
    assert.equal((await root.submit(at, {}, `${at}/${what}`)).status, 303, what);
    assert.match((await root.get(at)).text, /No email sent: \w+ has no email address/, what);
    const fields = { ids: id, action: what };
    assert.equal(
      (await root.submit(`/admin/users/bulk?${new URLSearchParams(fields)}`, fields, "/admin/users/bulk")).status,
      303,
    );
    assert.match((await root.get("/admin/users")).text, /Skipped: \w+ \(no email address\)/, what);
  }
  assert.equal(await makeResetLink(operatorActor, await account(ada)), null);
  assert.deepEqual([...((await account(ada)).outbox ?? [])], [], "no follow-ups are left");
  assert.deepEqual(
    (await waitingJobs("send-mail")).filter(({ data }) => data.to === ""),
    [],
  );
});

test("replacing the email in an open session needs the password, and is notified and recorded", async () => {
  const ada = await signedUp();
  const other = visitor();
  await other.submit("/login", { login: ada.username, password: ada.password });
  const { email } = newPerson();
  for (const currentPassword of ["", "not-the-password"]) {
    const page = await ada.submit("/email-confirmation", { email, currentPassword });
    assert.equal(page.status, 422);
    assert.match(page.text, /Incorrect password/);
  }
  assert.equal((await ada.submit("/email-confirmation", { email })).status, 422);
  assert.equal((await account(ada)).email, ada.email);
  assert.equal(
    (await ada.submit("/email-confirmation", { email: ada.email })).status,
    303,
    "the same email needs no password",
  );
  assert.equal((await ada.submit("/email-confirmation", { email, currentPassword: ada.password })).status, 303);
  const now = await account(ada);
  assert.equal(now.email, email);
  const { text } = await mailAbout(ada.email, /another email address/);
  assert.doesNotMatch(text, new RegExp(email));
  assert.match(text, /knows the password.*has replaced it/);
  assert.ok((await AuditEvent.listForUser(now.id)).events.some(({ event }) => event === "email.corrected"));
  assert.ok((await isIn(ada)) && !(await isIn(other)));
});

test("if an admin replaces the email, the old one gets an email that says so and doesn't speak of passwords", async () => {
  const ada = await signedUp();
  const { id } = await account(ada);
  const { api } = await apiMember(await withRole("admin"));
  assert.equal((await api.patch(`/users/${id}`, { email: newPerson().email })).status, 200);
  const { text } = await mailAbout(ada.email, /another email address/);
  assert.match(text, /An administrator has replaced it/);
  assert.doesNotMatch(text, /password|IP address/);
});
