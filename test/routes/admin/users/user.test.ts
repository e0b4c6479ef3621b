import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ourselves } from "../../../../src/actor.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { deleteDueAccounts } from "../../../../src/services/account/deletion.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { type Member, member, post, signedUp, withRole } from "../../../support/users.js";
import { tokenOf, visitor } from "../../../support/visitor.js";

const DAYS = 86_400_000;
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const pageOf = async (person: { username: string }) => `/admin/users/${(await account(person)).id}`;
const eventsOf = async (person: Member) =>
  (await AuditEvent.listOf((await account(person)).id)).events.map(({ event }) => event);

/** Sends one of the forms about a person. */
async function act(admin: Member, person: { username: string }, verb: string, fields: [string, string][] = []) {
  const page = await pageOf(person);
  const _csrf = tokenOf((await admin.get("/posts/new")).text);
  return admin.send(`${page}/${verb}`, String(new URLSearchParams([["_csrf", _csrf], ...fields])), {
    "content-type": "application/x-www-form-urlencoded",
  });
}
const because = (reason: string): [string, string][] => [["reason", reason]];
const roles = (...names: string[]): [string, string][] => names.map((name) => ["roles", name]);

async function logIn({ username: login, password }: Member) {
  const browser = visitor();
  return { ...browser, page: await browser.submit("/login", { login, password, remember: "on" }) };
}

test("a person's page shows who they are, where they are signed in, and what they published, but no draft", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await post(ada, { title: "In the open" });
  await post(ada, { title: "Still secret", visibility: "draft" });
  const page = await admin.get(await pageOf(ada));
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(ada.email));
  assert.match(page.text, /In the open/);
  assert.doesNotMatch(page.text, /Still secret/);
  assert.match(page.text, /<code>email\.confirmed<\/code>/);
  assert.match(page.text, new RegExp(`/admin/audit-log\\?person=${ada.username}`));
  assert.equal((page.text.match(/<h1/g) ?? []).length, 1);
});

test("what is no id of anybody is not found", async () => {
  const admin = await withRole("superadmin");
  const _csrf = tokenOf((await admin.get("/posts/new")).text);
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

test("who is locked out is out on the next request everywhere, is told why, and can be let in again", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const phone = await logIn(ada);
  assert.equal((await phone.get("/dashboard")).status, 200);
  const answer = await act(admin, ada, "disable", because("You sold <umbrellas>."));
  assert.deepEqual([answer.status, answer.location], [303, await pageOf(ada)]);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal((await logIn(ada)).page.status, 401);
  assert.match((await mailAbout(ada.email, /locked your account/)).text, /You sold <umbrellas>\./);
  const page = (await admin.get(await pageOf(ada))).text;
  assert.match(page, /is locked out and signed out everywhere/);
  assert.match(page, /You sold &lt;umbrellas&gt;\./);
  assert.match(page, new RegExp(admin.username));
  assert.equal(await Session.countDocuments({ "session.passport.user": (await account(ada))._id }), 0);

  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.equal((await phone.get("/dashboard")).location, "/login", "old sessions and cookies stay worthless");
  assert.equal((await logIn(ada)).page.status, 303);
  await mailAbout(ada.email, /open again/);
  const events = (await eventsOf(ada)).filter((event) => event.startsWith("user."));
  assert.deepEqual(events, ["user.enabled", "user.disabled", "user.registered"]);
});

test("a reason is needed, and what was typed comes back", async () => {
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
  assert.equal((await account(ada)).disabledAt, null);
  assert.match(
    (await act(admin, ada, "delete", [...because("x".repeat(501)), ["posts", "remove"]])).text,
    /value="remove"[^>]* checked/,
  );
});

test("doing the same twice at once does it once", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await admin.get("/admin"); // a session that has just got its rights gets another id first
  const twice = (verb: string, fields: [string, string][] = []) =>
    Promise.all([1, 2, 3, 4].map(() => act(admin, ada, verb, fields)));
  for (const { status } of await twice("disable", because("Twice."))) assert.equal(status, 303);
  for (const { status } of await twice("enable")) assert.equal(status, 303);
  for (const { status } of await twice("roles", roles("editor"))) assert.equal(status, 303);
  for (const { status } of await twice("delete", because("Twice."))) assert.equal(status, 303);
  const { roles: held } = await account(ada);
  assert.deepEqual(
    held.map(({ role }) => role),
    ["editor"],
  );
  const events = await eventsOf(ada);
  for (const event of ["user.disabled", "user.enabled", "role.granted", "deletion.imposed"]) {
    assert.equal(events.filter((one) => one === event).length, 1, event);
  }
  await mailAbout(ada.email, /will delete your account/);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /locked your account/.test(subject)).length, 1);
});

test("ending the sessions ends also what remembers the browser; links that were mailed are void", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const phone = await logIn(ada);
  await visitor().submit("/password-reset", { email: ada.email });
  const link = linkIn(await mailAbout(ada.email, /new password/), "/password-reset/");
  assert.equal((await act(admin, ada, "end-sessions")).status, 303);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal((await visitor().get(link)).status, 404);
  assert.equal((await logIn(ada)).page.status, 303);
  assert.match((await visitor().get("/posts")).text, /Posts/);
});

test("a link for a new password is mailed and works; a confirmation only to whom it helps", async () => {
  const [admin, ada, bob] = [await withRole("admin"), await member(), await signedUp()];
  assert.equal((await act(admin, ada, "send-reset")).status, 303);
  const link = linkIn(await mailAbout(ada.email, /Choose a new password/, "never ask"), "/password-reset/");
  assert.equal((await visitor().submit(link, { password: "another-Gate-in-the-wall" })).status, 303);
  assert.equal((await act(admin, ada, "send-confirmation")).status, 303);
  assert.match((await admin.get(await pageOf(ada))).text, /is confirmed already/);

  const first = await mailsTo(bob.email);
  assert.equal((await act(admin, bob, "send-confirmation")).status, 303);
  while ((await mailsTo(bob.email)).length === first.length) await new Promise((later) => setTimeout(later, 5));
  const confirm = linkIn(await mailAbout(bob.email, /Confirm/), "/email-confirmation/");
  assert.equal((await bob.submit(confirm, {})).status, 303);
  await act(admin, bob, "disable", because("Just so."));
  assert.equal((await act(admin, bob, "send-reset")).status, 303);
  assert.match((await admin.get(await pageOf(bob))).text, /No mail was sent/);
});

test("roles act on the next request, and the session goes on under another id", async () => {
  const [boss, ada] = [await withRole("superadmin"), await member()];
  const phone = await logIn(ada);
  const ids = [ada, phone].map(({ cookies }) => cookies.get("sid"));
  assert.equal((await ada.get("/admin")).status, 403);
  assert.equal((await act(boss, ada, "roles", roles("admin", "editor"))).status, 303);
  for (const [n, browser] of [ada, phone].entries()) {
    assert.equal((await browser.get("/admin")).status, 200);
    assert.notEqual(browser.cookies.get("sid"), ids[n]);
  }
  assert.match((await mailAbout(ada.email, /roles were changed/)).text, /You are now: admin/);
  assert.equal((await act(boss, ada, "roles", roles("editor"))).status, 303);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/admin")).status, 403);
  await mailAbout(ada.email, /roles were changed/, "no longer: admin");
  assert.equal((await act(boss, ada, "roles")).status, 303);
  assert.equal((await account(ada)).roles.length, 0);
});

test("admins give no powers that they do not decide about, and touch nobody who has them", async () => {
  const [admin, other, boss, ada] = [
    await withRole("admin"),
    await withRole("admin"),
    await withRole("superadmin"),
    await member(),
  ];
  for (const given of [["admin"], ["superadmin"], ["editor", "superadmin"]]) {
    assert.equal((await act(admin, ada, "roles", roles(...given))).status, 403, given.join());
  }
  assert.equal((await account(ada)).roles.length, 0);
  assert.equal((await act(admin, ada, "roles", roles("king"))).status, 422);
  for (const target of [other, boss, admin]) {
    for (const verb of ["disable", "enable", "roles", "end-sessions", "send-reset", "send-confirmation", "delete"]) {
      assert.equal((await act(admin, target, verb, because("No."))).status, 403, `${target.username} ${verb}`);
    }
    assert.equal((await admin.get(await pageOf(target))).status, 200);
  }
  assert.match((await admin.get(await pageOf(boss))).text, /Only a superadmin can change anything here/);
  assert.match((await admin.get(await pageOf(admin))).text, /This is you/);
  for (const target of [other, boss]) assert.equal((await target.get("/admin")).status, 200);
});

test("roles and deletion ask for the password when it was given long ago, and lead back to their form", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const long = Date.now() - 11 * 60_000;
  await Session.updateMany(
    { "session.passport.user": (await account(admin))._id },
    { $set: { "session.authenticatedAt": long } },
  );
  const page = await pageOf(ada);
  assert.equal((await admin.get(page)).status, 200);
  for (const verb of ["roles", "delete"]) {
    const asked = `/reauthenticate?${new URLSearchParams({ return_to: `${page}/${verb}` })}`;
    assert.equal((await admin.get(`${page}/${verb}`)).location, asked);
    const answer = await act(admin, ada, verb, because("Just so."));
    assert.equal(answer.status, 401);
    assert.match(answer.text, /name="_typed"/, "what was typed comes along");
  }
  assert.equal((await account(ada)).deletion, null);
  const asked = (await admin.get(`${page}/delete`)).location ?? "";
  assert.equal((await admin.submit(asked, { password: admin.password })).location, `${page}/delete`);
});

test("nobody whose address is not proven becomes an admin; an editor they may be", async () => {
  const [boss, ada] = [await withRole("superadmin"), await signedUp()];
  const page = await act(boss, ada, "roles", roles("admin"));
  assert.equal(page.status, 422);
  assert.match(page.text, /not confirmed yet[\s\S]*value="admin"[^>]* checked/);
  assert.equal((await account(ada)).roles.length, 0);
});

test("a deletion locks out at once, can be taken back, and ends with the account", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const address = await post(ada, { title: "Gone with the person" });
  assert.equal((await act(admin, ada, "delete", [...because("Spam."), ["posts", "remove"]])).status, 303);
  assert.equal((await ada.get("/dashboard")).location, "/login");
  assert.match((await mailAbout(ada.email, /will delete your account/)).text, /Spam\./);
  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.equal((await account(ada)).deletion, null);
  assert.equal((await logIn(ada)).page.location, "/dashboard");
  await act(admin, ada, "delete", [...because("Spam again."), ["posts", "remove"]]);
  await deleteDueAccounts(ourselves, new Date(Date.now() + 13 * DAYS));
  assert.equal((await visitor().get(address)).status, 200);
  await deleteDueAccounts(ourselves, new Date(Date.now() + 14 * DAYS + 1_000));
  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.match((await admin.get(await pageOf(ada))).text, /It is too late/);
  await deleteDueAccounts(ourselves, new Date(Date.now() + 14 * DAYS + 120_000));
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  assert.equal((await visitor().get(address)).status, 404);
  assert.match((await mailAbout(ada.email, /is deleted/)).text.replace(/\s+/g, " "), /as we wrote to you/);
});

test("who planned to leave keeps that plan when they are locked out and let in again", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await ada.submit("/account/deletion", { currentPassword: ada.password });
  const planned = (await account(ada)).deletion?.dueAt;
  await act(admin, ada, "disable", because("Just so."));
  await act(admin, ada, "enable");
  assert.deepEqual((await account(ada)).deletion?.dueAt, planned);
});

test("the last superadmin's page says why nothing can be done", async () => {
  await User.updateMany({ "roles.role": "superadmin" }, { roles: [] });
  const [one, two] = [await withRole("superadmin"), await withRole("superadmin")];
  await User.updateOne({ username: one.username }, { roles: [{ role: "superadmin" }] });
  await act(one, two, "disable", because("Just so."));
  assert.equal((await act(one, two, "roles")).status, 303);
  assert.equal((await act(one, one, "roles")).status, 403);
});
