import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemActor } from "../../../../src/actor.js";
import { ApiToken } from "../../../../src/models/api-token.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Device } from "../../../../src/models/device.js";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { dropAbandonedSignUps, scheduleIdleDeletions } from "../../../../src/services/account/deletion.js";
import { loggedIn, program } from "../../../support/api.js";
import { askToChange, linkFor, press } from "../../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { member, newPerson, signedUp, withRole } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

// Tries what a stranger can do after registering with another user's email, if confirmation is required
// (docs/decisions/0029).

const DAYS = 86_400_000;
const fresh = "a-Bell-in-the-tower";
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const linkTo = async (email: string, text = "") =>
  linkIn(await mailAbout(email, /Confirm/, text || "/email-confirmation/"), "/email-confirmation/");

describe("a stranger's registration", () => {
  test("an unconfirmed registration gets no session, remembered browser or API session, even by a login", async () => {
    const eve = await signedUp();
    const browser = visitor();
    const fields = { login: eve.username, password: eve.password, remember: "on" };
    assert.equal((await browser.submit("/login", fields)).location, "/email-confirmation");
    for (const one of [eve, browser]) {
      assert.ok(!one.cookies.has("sid") && !one.cookies.has("remember"));
      for (const path of ["/dashboard", "/account/profile", "/posts/new"]) {
        assert.equal((await one.get(path)).location?.split("?")[0], "/login", path);
      }
    }
    const { id, _id } = await account(eve);
    assert.equal((await Session.listLive({ id, sessionEpoch: 0 }, DAYS)).length, 0);
    assert.equal(await Device.countDocuments({ user: _id }), 0);
    assert.equal((await visitor().get(`/users/${eve.username}`)).status, 404);
    const { status, body } = await program().post("/auth/login", { username: eve.username, password: eve.password });
    assert.equal(status, 403);
    assert.match(body.detail, /Confirm your email address first/);
    const wrong = await program().post("/auth/login", { username: eve.username, password: "not-the-password" });
    assert.equal(wrong.status, 401);
  });

  test("clicking the button in the owner's browser asks for a password and confirms nothing", async () => {
    const eve = await signedUp();
    const owner = visitor();
    const link = await linkTo(eve.email);
    assert.equal((await press(link, owner)).status, 422);
    assert.equal((await account(eve)).emailConfirmedAt, null);
    const page = await owner.get(link);
    assert.match(page.text, /name="password"/);
    assert.match(page.text, /name="newPassword"/);
  });

  test("when the owner of the email chooses a new password, the stranger's password becomes invalid", async () => {
    const eve = await signedUp();
    const owner = visitor();
    assert.equal((await owner.submit(await linkTo(eve.email), { newPassword: fresh })).location, "/dashboard");
    assert.equal((await owner.get("/dashboard")).status, 200);
    assert.equal((await visitor().submit("/login", { login: eve.username, password: eve.password })).status, 401);
    assert.equal((await visitor().submit("/login", { login: eve.email, password: fresh })).location, "/dashboard");
    assert.equal(
      (await eve.get("/email-confirmation")).text.includes(eve.email),
      false,
      "the stranger's cookie opens nothing",
    );
  });

  test("an unconfirmed account from when confirmation was optional loses its sessions and tokens", async () => {
    const eve = await member(); // as if Eve had logged in while confirmation was optional
    const api = await loggedIn(eve);
    const { _id } = await account(eve);
    const expiresAt = new Date(Date.now() + DAYS);
    const issued = await ApiToken.issue(String(_id), { description: "A test", scopes: ["posts.read"], expiresAt });
    const kept = visitor();
    await kept.submit("/login", { login: eve.username, password: eve.password, remember: "on" });
    await User.updateOne({ _id }, { $set: { emailConfirmedAt: null } });
    assert.equal(
      (await eve.get("/dashboard")).location,
      "/login",
      "a session is invalid while the email is unconfirmed",
    );
    assert.equal((await api.get("/users/me")).status, 401);
    assert.equal((await program(issued?.secret).get("/posts")).status, 401);
    const link = await linkFor(eve, "email-confirmation");
    assert.equal((await visitor().submit(link, { newPassword: fresh })).status, 303);
    kept.cookies.delete("sid");
    for (const browser of [eve, kept]) assert.equal((await browser.get("/dashboard")).location, "/login");
    assert.equal((await api.get("/users/me")).status, 401);
    assert.equal(await ApiToken.countDocuments({ user: _id }), 0);
  });

  test("an email change ends API tokens, API sessions and remembered browsers, except the confirming one", async () => {
    const ada = await member();
    const api = await loggedIn(ada);
    const { _id } = await account(ada);
    const expiresAt = new Date(Date.now() + DAYS);
    await ApiToken.issue(String(_id), { description: "A test", scopes: ["posts.read"], expiresAt });
    const kept = visitor();
    await kept.submit("/login", { login: ada.username, password: ada.password, remember: "on" });
    kept.cookies.delete("sid");
    const { confirm } = await askToChange(ada, newPerson().email);
    assert.equal((await press(confirm, ada)).status, 303);
    assert.equal((await ada.get("/dashboard")).status, 200);
    assert.equal((await kept.get("/dashboard")).location, "/login");
    assert.equal((await api.get("/users/me")).status, 401);
    assert.equal(await ApiToken.countDocuments({ user: _id, revokedAt: null }), 0);
  });

  test("in the API, only the client that registered can confirm without the password", async () => {
    const ada = newPerson();
    const own = { "user-agent": "ada's program" };
    assert.equal((await program().post("/auth/register", ada, own)).status, 201);
    const token = (await linkTo(ada.email)).split("/").at(-1) ?? "";
    const other = await program().post("/auth/confirm", { token }, { "user-agent": "another" });
    assert.equal(other.status, 422);
    const wrong = { token, password: "not-the-password" };
    assert.equal((await program().post("/auth/confirm", wrong, own)).status, 422);
    assert.equal((await program().post("/auth/confirm", { token }, own)).status, 200);
    assert.equal((await program().post("/auth/confirm", { token }, own)).status, 200, "confirming again succeeds");
    const bob = await signedUp();
    const bobs = (await linkTo(bob.email)).split("/").at(-1) ?? "";
    assert.equal((await program().post("/auth/confirm", { token: bobs })).status, 422);
    assert.equal((await program().post("/auth/confirm", { token: bobs, password: bob.password })).status, 200);
  });
});

describe("a password reset", () => {
  test("a reset by one of two registrations with the same email deletes no account in use", async () => {
    const ada = await member();
    // The account is from before confirmation was required.
    await User.updateOne({ username: ada.username }, { $set: { emailConfirmedAt: null } });
    const eve = await signedUp({ ...newPerson(), email: ada.email });
    await visitor().submit("/password-reset", { email: ada.email });
    assert.doesNotMatch((await mailAbout(ada.email, /no account/)).text, /password-reset\//);
    const link = await linkFor(eve, "password-reset");
    assert.equal((await visitor().submit(link, { password: fresh })).status, 303);
    const left = await account(ada);
    assert.deepEqual([left.email, left.emailConfirmedAt, left.disabledAt], ["", null, null]);
    assert.ok((await AuditEvent.listForUser(left.id)).events.some(({ event }) => event === "email.lost"));
    const browser = visitor();
    await browser.submit("/login", { login: ada.username, password: ada.password });
    assert.match((await browser.get("/email-confirmation")).text, /has no email address/);
    const { email } = newPerson();
    assert.equal(
      (await browser.submit("/email-confirmation", { email })).status,
      422,
      "a new email needs the password",
    );
    const fields = { email, currentPassword: ada.password };
    assert.equal((await browser.submit("/email-confirmation", fields)).status, 303);
    assert.equal((await press(await linkTo(email), browser)).location, "/dashboard");
  });
});

describe("an invitation", () => {
  test("a user with a pending registration accepts an invitation and keeps the username", async () => {
    const ada = await signedUp();
    const admin = await withRole("admin");
    await admin.submit("/admin/invitations", { email: ada.email, role: "editor" });
    const link = linkIn(await mailAbout(ada.email, /invite/i, "/invitations/"), "/invitations/");
    const { username } = ada;
    assert.equal((await ada.submit(link, { username, password: fresh })).location, "/dashboard");
    assert.deepEqual(
      (await account(ada)).roles.map(({ role }) => role),
      ["editor"],
    );
  });
});

describe("expiry", () => {
  test("an unconfirmed registration reserves its username for a day; then another user can have it", async () => {
    const [ada, bob] = [await signedUp(), newPerson()];
    const registration = { ...bob, username: ada.username };
    assert.equal((await visitor().submit("/register", registration)).status, 422);
    const yesterday = new Date(Date.now() - DAYS - 1_000);
    await User.collection.updateOne({ username: ada.username }, { $set: { createdAt: yesterday } });
    assert.equal((await visitor().submit("/register", registration)).status, 303);
    assert.equal((await account(ada)).email, bob.email);
    await dropAbandonedSignUps(new Date(Date.now() + 2 * DAYS + 60_000));
    assert.equal(await User.countDocuments({ username: ada.username }), 0);
  });

  test("an account that is unconfirmed and unused for half a year is deleted two weeks later, unless confirmed", async () => {
    const [ada, bob] = [await member(), await member()];
    const longAgo = { emailConfirmedAt: null, lastLoginAt: new Date(Date.now() - 181 * DAYS) };
    for (const { username } of [ada, bob]) await User.collection.updateOne({ username }, { $set: longAgo });
    await dropAbandonedSignUps(new Date(Date.now() + 99 * DAYS));
    await scheduleIdleDeletions(systemActor);
    for (const one of [ada, bob]) {
      const dueIn = Number((await account(one)).deletion?.dueAt) - Date.now();
      assert.ok(dueIn > 13 * DAYS && dueIn <= 14 * DAYS);
    }
    const browser = visitor();
    await browser.submit("/login", { login: bob.username, password: bob.password });
    assert.equal((await press(await linkFor(bob, "email-confirmation"), browser)).location, "/dashboard");
    assert.equal((await account(bob)).deletion, null);
    assert.ok((await account(ada)).deletion);
  });
});

describe("roles", () => {
  test("an unconfirmed account cannot get a role, and correcting its email revokes earlier roles", async () => {
    const boss = await withRole("superadmin");
    const ada = await signedUp();
    const user = await account(ada);
    assert.equal(await user.grantRole({ role: "editor", domain: null }), false);
    const reauthenticated = await boss.submit(`/admin/users/${user.id}/roles`, { roles: "editor" });
    assert.equal(reauthenticated.status, 422);
    await User.collection.updateOne({ _id: user._id }, { $set: { roles: [{ role: "editor", domain: null }] } });
    const { email } = newPerson();
    assert.equal((await ada.submit("/email-confirmation", { email })).status, 303);
    assert.equal((await press(await linkTo(email), ada)).location, "/dashboard");
    assert.equal((await account(ada)).roles.length, 0);
  });
});

describe("on a shared browser", () => {
  test("a registration with another user's email does not stop that user from logging in on a shared browser", async () => {
    const ada = await member();
    const shared = await signedUp({ ...newPerson(), email: ada.email, password: fresh });
    assert.equal((await shared.submit("/login", { login: ada.email, password: "not-the-password" })).status, 401);
    assert.equal(
      (await shared.submit("/login", { login: ada.email, password: shared.password })).location,
      "/email-confirmation",
    );
    assert.equal((await shared.submit("/login", { login: ada.email, password: ada.password })).location, "/dashboard");
  });
});

describe("the same registration, sent again", () => {
  test("a registration form sent three times sends one email; with another password or email the username is taken", async () => {
    const ada = newPerson();
    const browser = visitor();
    const _csrf = readToken((await browser.get("/register")).text);
    const answers = await Promise.all([1, 2, 3].map(() => browser.send("/register", { _csrf, ...ada })));
    assert.deepEqual(
      answers.map(({ location }) => location),
      Array(3).fill("/email-confirmation"),
    );
    await linkTo(ada.email);
    for (const other of [{ password: fresh }, { email: newPerson().email }]) {
      assert.equal((await visitor().submit("/register", { ...ada, ...other })).status, 422);
    }
    const confirmed = await member();
    const { username, email, password } = confirmed;
    assert.equal((await visitor().submit("/register", { username, email, password })).status, 422);
    assert.equal((await mailsTo(ada.email)).length, 1);
  });
});
