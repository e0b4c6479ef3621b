import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Device } from "../../../src/models/device.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { jpeg, upload } from "../../support/avatars/avatars.js";
import { actAs, type Member, member, newPerson, post, signedUp, withRole } from "../../support/users.js";
import { readToken, type Visitor, visitor } from "../../support/visitor.js";

const MINUTES = 60_000;
const account = ({ username }: Pick<Member, "username">) => User.findOne({ username }).orFail();
const findForm = async (person: Pick<Member, "username">) => `/admin/users/${(await account(person)).id}/impersonate`;

/** Returns the user that the page greets, and the user that the impersonation bar names, if it is shown. */
async function nameOn(browser: Visitor) {
  const page = await browser.get("/dashboard");
  const name = page.status === 200 ? (/Hello, ([\w-]+)/.exec(page.text)?.[1] ?? "") : null;
  const as = /You're acting as <strong>([\w-]+)</.exec(page.text)?.[1] ?? null;
  assert.ok(as === null || as === name, "the bar names the user that the page is for");
  if (as) assert.doesNotMatch(page.text, /first visit|Last login/, "the page shows no login time to the admin");
  return { name, as };
}
const isActingAs = async (admin: Visitor, { username }: Pick<Member, "username">) =>
  assert.deepEqual(await nameOn(admin), { name: username, as: username });
const isOneself = async (admin: Member) => assert.deepEqual(await nameOn(admin), { name: admin.username, as: null });

async function pair() {
  const [admin, ada] = [await withRole("admin"), await member()];
  await actAs(admin, ada);
  return { admin, ada };
}

const send = async (browser: Visitor, path: string, fields: Record<string, string> = {}) =>
  browser.send(path, { _csrf: readToken((await browser.get("/posts/new")).text), ...fields });
const leave = (browser: Visitor) => send(browser, "/impersonation/end");

async function loggedIn({ username, password }: Pick<Member, "username" | "password">) {
  const browser = visitor();
  assert.equal((await browser.submit("/login", { login: username, password })).status, 303);
  return browser;
}

test("an admin gives a reason, impersonates a user, and returns to their own session with a button", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await admin.get("/dashboard"); // makes the session rotate its id because of the new role
  const sid = admin.cookies.get("sid");
  const id = await actAs(admin, ada);
  await isActingAs(admin, ada);
  assert.equal(admin.cookies.get("sid"), sid, "the admin's own session is unchanged");
  const left = await leave(admin);
  assert.deepEqual([left.status, left.location], [303, `/admin/users/${id}`]);
  assert.ok(!admin.cookies.has("acting"));
  assert.equal(admin.cookies.get("sid"), sid);
  await isOneself(admin);
});

test("impersonating without a reason shows an error and keeps the input", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const form = await findForm(ada);
  for (const reason of ["", "   ", "x".repeat(501), "\u200b"]) {
    const page = await admin.submit(form, { reason });
    assert.equal(page.status, 422);
    assert.ok(!admin.cookies.has("acting"));
  }
  assert.equal((await admin.submit(form, { reason: "ok", user: "x" })).status, 422, "an unknown field");
  assert.equal((await admin.submit(form, {})).status, 422);
  assert.equal((await admin.submit(form, { reason: "<b>" })).status, 303);
});

describe("users who cannot impersonate or be impersonated", () => {
  test("nobody can impersonate an admin, a superadmin, a domain admin or themselves", async () => {
    const others = [await withRole("admin"), await withRole("superadmin"), await withRole("admin", "d".repeat(24))];
    for (const admin of [await withRole("admin"), await withRole("superadmin")]) {
      for (const subject of [...others, admin]) {
        const form = await findForm(subject);
        assert.equal((await admin.get(form)).status, 403);
        assert.equal((await send(admin, form, { reason: "Curious." })).status, 403);
        assert.ok(!admin.cookies.has("acting"));
      }
    }
  });

  test("an admin cannot impersonate a disabled or unknown user", async () => {
    const [admin, ada] = [await withRole("admin"), await member()];
    await (await account(ada)).disable();
    assert.equal((await send(admin, await findForm(ada), { reason: "Curious." })).status, 403);
    for (const id of ["0".repeat(24), "x", "%00", "0".repeat(23)]) {
      assert.equal((await admin.get(`/admin/users/${id}/impersonate`)).status, 404, id);
    }
  });

  test("impersonation needs the site-wide permission and a recent login", async () => {
    const ada = await member();
    for (const one of [await member(), await withRole("editor"), await withRole("admin", "d".repeat(24))]) {
      assert.equal((await send(one, await findForm(ada), { reason: "Curious." })).status, 403);
    }
    const admin = await withRole("admin");
    await Session.collection.updateMany(
      { "session.passport.user": (await account(admin))._id },
      { $set: { "session.authenticatedAt": Date.now() - 11 * MINUTES } },
    );
    const asked = await send(admin, await findForm(ada), { reason: "To help." });
    assert.equal(asked.status, 401);
    assert.match(asked.text, /action="\/reauthenticate"/);
    assert.ok(!admin.cookies.has("acting"));
  });

  test("an admin cannot impersonate a second user during an impersonation", async () => {
    const { admin, ada } = await pair();
    assert.equal((await send(admin, await findForm(await member()), { reason: "To help." })).status, 403);
    await isActingAs(admin, ada);
  });
});

test("actions during an impersonation run as the user, without the admin's permissions", async () => {
  const { admin, ada } = await pair();
  const url = await post({ ...admin, username: ada.username });
  assert.match((await visitor().get(url)).text, new RegExp(`/users/${ada.username}`));
  const others = await post(await member());
  assert.equal((await admin.get(`${others.split("/").slice(0, 3).join("/")}/edit`)).status, 403);
  assert.equal((await admin.get("/admin")).status, 403);
});

test("during an impersonation, account pages and mailed links give 403 with a button to stop, and nothing changes", async () => {
  const { admin, ada } = await pair();
  const before = await User.findOne({ username: ada.username }).select("+passwordHash").lean();
  const passwords = { currentPassword: ada.password, password: "another-sturdy-Gate" };
  for (const [path, fields] of [
    ["/account/password", passwords],
    ["/account/email", { email: "x@example.org", currentPassword: ada.password }],
    ["/account/profile", { username: "renamed", bio: "x" }],
    ["/account/deletion", { posts: "remove", currentPassword: ada.password }],
    ["/account/sessions/end-others", {}],
    ["/account/export", {}],
    ["/reauthenticate", { password: ada.password }],
    ["/email-confirmation", { email: "x@example.org" }],
    ["/password-reset", { email: ada.email }],
  ] as [string, Record<string, string>][]) {
    const refused = await send(admin, path, fields);
    assert.equal(refused.status, 403, path);
    assert.match(refused.text, /Only the owner of the account/);
    assert.match(refused.text, /You're acting as/, "the page shows the bar with the button to stop");
  }
  assert.deepEqual(await User.findOne({ username: ada.username }).select("+passwordHash").lean(), before);
  await isActingAs(admin, ada);
});

test("an avatar upload during an impersonation gives 403, and nothing is stored", async () => {
  const { admin, ada } = await pair();
  const stored = () =>
    Promise.all(["pictures", "pictures.files", "pictures.chunks", "jobs"].map((name) => measureSize(name)));
  const measureSize = (name: string) =>
    mongoose.connection.collection(name).countDocuments(name === "jobs" ? { name: "make-picture" } : {});
  const before = await stored();
  const token = readToken((await admin.get("/posts/new")).text);
  const refused = await upload(admin, await jpeg(), { token });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /Only the owner of the account/);
  assert.deepEqual(await stored(), before);
  const { picture, pictureUpload } = await account(ada);
  assert.deepEqual([picture, pictureUpload], [null, null]);
  await leave(admin);
  assert.equal((await upload(admin, await jpeg())).status, 303, "the same form works for the admin's own avatar");
});

test("a login or registration during an impersonation changes nothing, and no browser is remembered", async () => {
  const { admin, ada } = await pair();
  const bob = await member();
  const eve = newPerson();
  const login = await send(admin, "/login", { login: bob.username, password: bob.password, remember: "on" });
  for (const refused of [login, await send(admin, "/register", { ...eve })]) {
    assert.equal(refused.status, 403);
    assert.match(refused.text, /Only the owner of the account/);
  }
  assert.equal(await User.countDocuments({ username: eve.username }), 0);
  assert.ok(!admin.cookies.has("remember"));
  await isActingAs(admin, ada);
});

test("a pending registration cannot be impersonated, because there is no account", async () => {
  const [admin, ada] = [await withRole("admin"), await signedUp()];
  const { id } = await User.findOne({ username: ada.username }).orFail();
  assert.equal((await admin.get(`/admin/users/${id}/impersonate`)).status, 403);
  const reason = "To help with a post.";
  assert.equal((await admin.submit("/posts/new", { reason }, `/admin/users/${id}/impersonate`)).status, 403);
  await isOneself(admin);
});

test("an impersonation leaves no trace of a login in the account and its devices", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const before = await User.findOne({ username: ada.username }).orFail().lean();
  const devices = await Device.countDocuments({ user: before._id });
  await actAs(admin, ada);
  await admin.get("/dashboard");
  assert.deepEqual(await User.findOne({ username: ada.username }).lean(), before);
  assert.equal(await Device.countDocuments({ user: before._id }), devices);
  const listed = (await ada.get("/account/sessions")).text;
  assert.equal(listed.match(/class="device[ "]/g)?.length, 1, "only the user's own device is listed");
});

test("the audit log records the start, each form and the end with both users, and the user can read it", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const id = await actAs(admin, ada, "She cannot see <her> drafts.");
  await post({ ...admin, username: ada.username });
  await leave(admin);
  const by = (await account(admin))._id;
  const events = await AuditEvent.find({ user: id, event: /^impersonation/ })
    .sort({ _id: 1 })
    .lean();
  assert.deepEqual(
    events.map(({ event, actor }) => [event, String(actor)]),
    [
      ["impersonation.started", String(by)],
      ["impersonation.acted", String(by)],
      ["impersonation.ended", String(by)],
    ],
  );
  const { text } = await ada.get("/account/activity");
  assert.match(text, /An administrator started acting as you/);
  assert.match(text, /She cannot see &lt;her&gt; drafts\./);
  assert.ok(text.includes(admin.username), "the activity names the admin");
  assert.doesNotMatch((await admin.get("/account/activity")).text, /acting as you/);
});

describe("an impersonation ends with the next request", () => {
  const ends: [string, (admin: Member, ada: Member) => Promise<unknown>][] = [
    [
      "when the admin loses the role",
      async (admin) => (await account(admin)).revokeRole({ role: "admin", domain: null }),
    ],
    [
      "when the user gets an admin role",
      async (_, ada) => (await account(ada)).grantRole({ role: "admin", domain: null }),
    ],
    [
      "when the user gets an admin role in one domain",
      async (_, ada) => (await account(ada)).grantRole({ role: "admin", domain: "d".repeat(24) }),
    ],
    [
      "when the user gets any other role",
      async (_, ada) => (await account(ada)).grantRole({ role: "editor", domain: null }),
    ],
    ["when the user is disabled", async (_, ada) => (await account(ada)).disable()],
    ["when the user changes the password", async (_, ada) => (await account(ada)).setPassword("another-Sturdy-gate")],
    ["when the user logs out all other devices", (_, ada) => send(ada, "/account/sessions/end-others")],
  ];
  for (const [when, happens] of ends) {
    test(`an impersonation ends ${when}`, async () => {
      const { admin, ada } = await pair();
      await isActingAs(admin, ada);
      await happens(admin, ada);
      const next = await admin.get("/posts");
      assert.match(next.text, new RegExp(`no longer acting as another user\\. You&#39;re ${admin.username} again`));
      assert.ok(!admin.cookies.has("acting"));
      await isOneself(admin);
    });
  }

  test("if the admin is disabled or logged out elsewhere, nobody is logged in any more", async () => {
    const [one, two] = [await pair(), await pair()];
    await (await account(one.admin)).disable();
    await send(await loggedIn(two.admin), "/account/sessions/end-others");
    for (const { admin } of [one, two]) assert.deepEqual(await nameOn(admin), { name: null, as: null });
  });

  test("a form of an impersonation that has ended gives 403 instead of being saved as the admin", async () => {
    const { admin, ada } = await pair();
    const _csrf = readToken((await admin.get("/posts/new")).text);
    await (await account(ada)).endSessions();
    const late = await admin.send("/posts", { _csrf, title: "Whose?", body: "x", visibility: "public" });
    assert.equal(late.status, 403);
    assert.match(late.text, /no longer acting as another user/);
    assert.doesNotMatch((await visitor().get("/posts")).text, /Whose\?/);
    await isOneself(admin);
  });
});

describe("time limits", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("an impersonation ends after half an hour even if the admin is active, and the admin's own session continues", async () => {
    const { admin, ada } = await pair();
    for (let minute = 0; minute < 28; minute += 7) {
      mock.timers.tick(7 * MINUTES);
      await isActingAs(admin, ada);
    }
    mock.timers.tick(2 * MINUTES);
    await isOneself(admin);
    mock.timers.tick(config.sessionIdleMs - 5 * MINUTES);
    await isOneself(admin);
  });

  test("an admin who is idle during an impersonation is logged out completely", async () => {
    const { admin } = await pair();
    mock.timers.tick(config.sessionIdleMs + 1 * MINUTES);
    assert.deepEqual(await nameOn(admin), { name: null, as: null });
  });
});

describe("copied or moved cookies", () => {
  const withCookies = (cookies: Record<string, string | undefined>) => {
    const browser = visitor();
    for (const [name, value] of Object.entries(cookies)) if (value) browser.cookies.set(name, value);
    return browser;
  };

  test("a copied impersonation cookie is invalid after the impersonation ended and after a logout", async () => {
    for (const end of ["/impersonation/end", "/logout"]) {
      const { admin } = await pair();
      const copy = withCookies(Object.fromEntries(admin.cookies));
      assert.equal((await send(admin, end)).status, 303);
      const { as, name } = await nameOn(copy);
      assert.equal(as, null, end);
      assert.equal(name, end === "/logout" ? null : admin.username, end);
    }
  });

  test("an impersonation cookie is valid only together with the session in which it began", async () => {
    const { admin, ada } = await pair();
    const acting = admin.cookies.get("acting");
    assert.deepEqual(await nameOn(withCookies({ acting })), { name: null, as: null });
    for (const other of [await withRole("admin"), await loggedIn(admin), ada]) {
      const { as } = await nameOn(withCookies({ acting, sid: other.cookies.get("sid") }));
      assert.equal(as, null);
    }
    await isActingAs(admin, ada);
  });

  test("an impersonation cookie is not accepted as a session cookie, nor the reverse", async () => {
    const { admin } = await pair();
    const [sid, acting] = [admin.cookies.get("sid"), admin.cookies.get("acting")];
    assert.deepEqual(await nameOn(withCookies({ sid: acting })), { name: null, as: null });
    assert.deepEqual(await nameOn(withCookies({ sid: acting, acting: sid })), { name: null, as: null });
    assert.deepEqual(await nameOn(withCookies({ sid: acting, acting })), { name: null, as: null });
    assert.equal((await nameOn(withCookies({ sid, acting: sid }))).name, admin.username);
    for (const forged of ["", "x", "s%3Ax.x", "j%3A%7B%7D", `${acting}x`, decodeURIComponent(acting ?? "")]) {
      const { as } = await nameOn(withCookies({ sid, acting: forged }));
      assert.ok(as === null || forged === decodeURIComponent(acting ?? ""), forged);
    }
  });

  test("an admin who impersonates in two browsers can stop in one of them", async () => {
    const admin = await withRole("admin");
    const other = { ...admin, ...(await loggedIn(admin)) };
    const [ada, bob] = [await member(), await member()];
    await actAs(admin, ada);
    await actAs(other, bob);
    await isActingAs(admin, ada);
    await leave(admin);
    await isOneself(admin);
    await isActingAs(other, bob);
  });

  test("a form opened as the admin is not accepted while impersonating, nor the reverse", async () => {
    const [admin, ada] = [await withRole("admin"), await member()];
    const own = readToken((await admin.get("/posts/new")).text);
    await actAs(admin, ada);
    const borrowed = readToken((await admin.get("/posts/new")).text);
    const draft = { title: "A gate", body: "x", visibility: "draft" };
    assert.equal((await admin.send("/posts", { _csrf: own, ...draft })).status, 403);
    await leave(admin);
    assert.equal((await admin.send("/posts", { _csrf: borrowed, ...draft })).status, 403);
  });
});

test("a logout during an impersonation logs out the admin too, on the server and in the browser", async () => {
  const { admin } = await pair();
  const copy = visitor();
  for (const [name, value] of admin.cookies) copy.cookies.set(name, value);
  assert.equal((await send(admin, "/logout")).location, "/");
  assert.ok(!admin.cookies.has("sid") && !admin.cookies.has("acting"));
  copy.cookies.delete("acting");
  assert.deepEqual(await nameOn(copy), { name: null, as: null });
  const ended = await AuditEvent.find({ user: (await account(admin))._id, event: "session.ended" }).lean();
  assert.equal(ended.length, 1);
});

test("stopping without an impersonation changes nothing", async () => {
  const ada = await member();
  const page = await leave(ada);
  assert.deepEqual([page.status, page.location], [303, "/dashboard"]);
});
