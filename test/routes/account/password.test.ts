import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { findAccount, fresh, logIn, sendRaw } from "../../support/users/passwords.js";
import { member, signedUp } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

const page = "/account/password";

test("a user who enters the current password changes it and gets an email", async () => {
  const ada = await member();
  const form = await ada.get(page);
  assert.match(form.text, /autocomplete="username" readonly hidden/);
  assert.match(form.text, /href="\/account\/password" aria-current="page"/);
  assert.match(form.text, /name="currentPassword" autocomplete="current-password"/);
  assert.match(form.text, /name="password" autocomplete="new-password"/);
  const before = ada.cookies.get("sid");
  const done = await ada.submit(page, { currentPassword: ada.password, password: fresh });
  assert.deepEqual([done.status, done.location], [303, page]);
  assert.notEqual(ada.cookies.get("sid"), before, "the session continues under a new id");
  assert.match((await ada.get(page)).text, /Password changed/);
  assert.equal((await logIn(ada, ada.password)).status, 401);
  assert.equal((await logIn(ada, fresh)).status, 303);
  assert.ok(linkIn(await mailAbout(ada.email, /password was changed/i), "/not-me/"));
  const user = await findAccount(ada);
  assert.equal(await AuditEvent.countDocuments({ user: user._id, event: "password.changed" }), 1);
});

test("after a password change, all other sessions end, and the old session id is invalid", async () => {
  const ada = await member();
  const elsewhere = visitor();
  await elsewhere.submit("/login", { login: ada.username, password: ada.password });
  const old = visitor();
  old.cookies.set("sid", ada.cookies.get("sid") ?? "");
  const busy = Array.from({ length: 20 }, () => elsewhere.get("/dashboard"));
  const writing = Array.from({ length: 5 }, () => elsewhere.submit("/account/profile", { bio: "still here" }));
  await ada.submit(page, { currentPassword: ada.password, password: fresh });
  await Promise.all([...busy, ...writing]);
  assert.equal((await elsewhere.get("/dashboard")).location, "/login");
  assert.equal((await old.get("/dashboard")).location, "/login");
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("after a password change, a remembered browser stays remembered, and all others are forgotten", async () => {
  const ada = await member();
  const [here, elsewhere] = [visitor(), visitor()];
  for (const one of [here, elsewhere])
    await one.submit("/login", { login: ada.username, password: ada.password, remember: "on" });
  await here.submit(page, { currentPassword: ada.password, password: fresh });
  for (const one of [here, elsewhere]) one.cookies.delete("sid");
  assert.equal((await here.get("/dashboard")).status, 200);
  assert.equal((await elsewhere.get("/dashboard")).location, "/login");
});

test("errors in the form appear at their fields, and no password is shown again", async () => {
  const ada = await member();
  const refused: [currentPassword: string, password: string, field: string, message: RegExp][] = [
    ["not-the-password", fresh, "currentPassword", /Incorrect password/],
    ["", fresh, "currentPassword", /Enter your password/],
    [ada.password, "", "password", /Choose a password/],
    [ada.password, "short", "password", /at least 12/],
    [ada.password, `${ada.username}-${ada.username}`, "password", /use the username/],
    [ada.password, ada.password, "password", /different from your current one/],
    ["x".repeat(5_000), fresh, "currentPassword", /Incorrect password/],
  ];
  const before = (await findAccount(ada)).toObject();
  for (const [currentPassword, password, field, message] of refused) {
    const answer = await ada.submit(page, { currentPassword, password });
    assert.equal(answer.status, 422, currentPassword);
    assert.match(answer.text, new RegExp(`id="${field}-error"`));
    assert.match(answer.text, message);
    assert.doesNotMatch(answer.text, /type="password"[^>]*\bvalue=/);
    assert.ok(!answer.text.includes(ada.password));
  }
  assert.deepEqual((await findAccount(ada)).toObject(), before);
  assert.equal((await ada.get("/dashboard")).status, 200, "the user stays logged in");
});

test("a malformed form gives an error without hashing a password", async () => {
  const ada = await member();
  const tasks: unknown[] = [];
  const note = (task: unknown) => tasks.push(task);
  subscribe("passwords:task", note);
  const ok = `currentPassword=${ada.password}&password=${fresh}`;
  for (const body of [
    `${ok}&password=${fresh}x`,
    `${ok}&currentPassword=x`,
    `${ok}&role=admin`,
    "currentPassword[]=x",
    "",
  ])
    assert.equal((await sendRaw(ada, page, body)).status, 422, body);
  unsubscribe("passwords:task", note);
  assert.deepEqual(tasks, []);
  assert.equal((await logIn(ada, ada.password)).status, 303);
});

test("of ten concurrent password changes, one succeeds, and only its session survives", async () => {
  const ada = await member();
  const before = (await findAccount(ada)).sessionEpoch;
  const _csrf = readToken((await ada.get(page)).text);
  const sid = ada.cookies.get("sid") ?? "";
  const tabs = Array.from({ length: 10 }, () => {
    const tab = visitor();
    tab.cookies.set("sid", sid);
    return tab;
  });
  const answers = await Promise.all(
    tabs.map((tab, n) => tab.send(page, { _csrf, currentPassword: ada.password, password: `${fresh}-${n}` })),
  );
  assert.ok(
    answers.every(({ status }) => status === 303 || status === 422 || status === 403),
    String(answers.map(({ status }) => status)),
  );
  const alive = await Promise.all(tabs.map(async (tab) => (await tab.get("/dashboard")).status === 200));
  assert.equal(alive.filter(Boolean).length, 1);
  assert.equal((await logIn(ada, `${fresh}-${alive.indexOf(true)}`)).status, 303);
  const user = await findAccount(ada);
  assert.equal(user.sessionEpoch, before + 1);
  assert.equal(await AuditEvent.countDocuments({ user: user._id, event: "password.changed" }), 1);
});

test("a user disabled during a password change stays disabled", async () => {
  const ada = await member();
  const user = await findAccount(ada);
  const changing = ada.submit(page, { currentPassword: ada.password, password: fresh });
  await user.disable();
  await changing;
  assert.equal((await ada.get("/dashboard")).location, "/login");
  await user.enable();
  assert.equal((await ada.get("/dashboard")).location, "/login", "an old session does not become valid again");
});

test("disabling a user during a password change also ends the new session", async () => {
  const eve = await member();
  const user = await findAccount(eve);
  const changing = eve.submit(page, { currentPassword: eve.password, password: fresh });
  await user.invalidatePassword();
  await changing;
  const { sessionEpoch } = await findAccount(eve);
  const isIn = (await eve.get("/dashboard")).status === 200;
  assert.ok(!isIn, `still logged in at epoch ${sessionEpoch}`);
});

test("visitors and unconfirmed users cannot change a password", async () => {
  const toLogin = `/login?${new URLSearchParams({ return_to: page })}`;
  assert.equal((await visitor().get(page)).location, toLogin);
  const ada = await signedUp();
  assert.equal((await ada.get(page)).location, toLogin);
  await ada.submit("/login", { login: ada.username, password: ada.password });
  assert.equal((await ada.get(page)).location, "/login?return_to=%2Faccount%2Fpassword");
  assert.equal(
    (await visitor().submit("/login", { currentPassword: ada.password, password: fresh }, page)).location,
    "/login",
  );
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /was changed/.test(subject)).length, 0);
});
