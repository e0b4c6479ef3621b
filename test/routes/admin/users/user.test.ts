import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import {
  accountOf,
  act,
  because,
  getPage,
  listEvents,
  logInRemembered,
  roles,
} from "../../../support/users/admin-pages.js";
import { member, post, registeredMember, signedUp, withRole } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

test("the admin page of a user shows their data, devices and published posts, but no drafts", async () => {
  const [admin, ada] = [await withRole("admin"), await registeredMember()];
  await post(ada, { title: "In the open" });
  await post(ada, { title: "Still secret", visibility: "draft" });
  const page = await admin.get(await getPage(ada));
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(ada.email));
  assert.match(page.text, /In the open/);
  assert.doesNotMatch(page.text, /Still secret/);
  assert.match(page.text, /Email confirmed <code>email\.confirmed<\/code>/);
  assert.match(page.text, new RegExp(`/admin/audit-log\\?person=${ada.username}`));
  assert.equal((page.text.match(/<h1/g) ?? []).length, 1);
});

test("a malformed or unknown user id gives 404", async () => {
  const admin = await withRole("superadmin");
  const _csrf = readToken((await admin.get("/posts/new")).text);
  for (const id of ["0".repeat(24), "nobody", "%00", "1", `${"a".repeat(24)}0`, "[object Object]", "__proto__"]) {
    assert.equal((await admin.get(`/admin/users/${id}`)).status, 404, id);
    for (const verb of ["disable", "enable", "roles", "end-sessions", "send-reset", "send-confirmation", "delete"]) {
      assert.equal(
        (await admin.send(`/admin/users/${id}/${verb}`, { _csrf, reason: "x" })).status,
        404,
        `${id} ${verb}`,
      );
    }
  }
});

test("an action without its reason shows an error and keeps the input", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  for (const verb of ["disable", "delete"]) {
    for (const reason of ["", "   ", "\u200b", "x".repeat(501), "a\u0000b"]) {
      const page = await act(admin, ada, verb, because(reason));
      assert.equal(page.status, 422, JSON.stringify(reason));
      assert.match(page.text, /There is a problem/);
    }
    assert.equal((await act(admin, ada, verb, [...because("a"), ...because("b")])).status, 422);
    assert.equal((await act(admin, ada, verb, [...because("a"), ["disabledAt", "now"]])).status, 422);
  }
  assert.equal((await accountOf(ada)).disabledAt, null);
  assert.match(
    (await act(admin, ada, "delete", [...because("x".repeat(501)), ["posts", "remove"]])).text,
    /value="remove"[^>]* checked/,
  );
});

test("a form sent four times at once acts once", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await admin.get("/admin"); // makes the session rotate its id because of the new role
  const twice = (verb: string, fields: [string, string][] = []) =>
    Promise.all([1, 2, 3, 4].map(() => act(admin, ada, verb, fields)));
  for (const { status } of await twice("disable", because("Twice."))) assert.equal(status, 303);
  for (const { status } of await twice("enable")) assert.equal(status, 303);
  for (const { status } of await twice("roles", roles("editor"))) assert.equal(status, 303);
  for (const { status } of await twice("delete", because("Twice."))) assert.equal(status, 303);
  const { roles: held } = await accountOf(ada);
  assert.deepEqual(
    held.map(({ role }) => role),
    ["editor"],
  );
  const events = await listEvents(ada);
  for (const event of ["user.disabled", "user.enabled", "role.granted", "deletion.imposed"]) {
    assert.equal(events.filter((one) => one === event).length, 1, event);
  }
  await mailAbout(ada.email, /will be deleted/);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /was disabled/.test(subject)).length, 1);
});

test("ending the sessions of a user also forgets remembered browsers and makes mailed links invalid", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const phone = await logInRemembered(ada);
  await visitor().submit("/password-reset", { email: ada.email });
  const link = linkIn(await mailAbout(ada.email, /Reset your password/), "/password-reset/");
  assert.equal((await act(admin, ada, "end-sessions")).status, 303);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal((await visitor().get(link)).status, 404);
  assert.equal((await logInRemembered(ada)).page.status, 303);
  assert.match((await visitor().get("/posts")).text, /Posts/);
});

test("an admin can send a reset link to enabled users, and a confirmation link to unconfirmed ones", async () => {
  const [admin, ada, bob] = [await withRole("admin"), await member(), await signedUp()];
  assert.equal((await act(admin, ada, "send-reset")).status, 303);
  const link = linkIn(await mailAbout(ada.email, /Reset your password/, "never ask"), "/password-reset/");
  assert.equal((await visitor().submit(link, { password: "another-Gate-in-the-wall" })).status, 303);
  assert.equal((await act(admin, ada, "send-confirmation")).status, 303);
  assert.match((await admin.get(await getPage(ada))).text, /is already confirmed/);

  const first = await mailsTo(bob.email);
  assert.equal((await act(admin, bob, "send-confirmation")).status, 303);
  while ((await mailsTo(bob.email)).length === first.length) await new Promise((later) => setTimeout(later, 5));
  const confirm = linkIn(await mailAbout(bob.email, /Confirm/), "/email-confirmation/");
  assert.equal((await bob.submit(confirm, {})).status, 303);
  await act(admin, bob, "disable", because("Just so."));
  assert.equal((await act(admin, bob, "send-reset")).status, 303);
  assert.match((await admin.get(await getPage(bob))).text, /No email sent/);
});
