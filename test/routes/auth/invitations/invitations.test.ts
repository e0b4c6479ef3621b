import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, describe, mock, test } from "node:test";
import { Types } from "mongoose";
import { config } from "../../../../src/config/index.js";
import type { Role } from "../../../../src/definitions/roles.js";
import { cleanUpAccounts } from "../../../../src/jobs/cleanup.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Invitation } from "../../../../src/models/invitation.js";
import { User } from "../../../../src/models/user.js";
import { allJobsDone } from "../../../support/jobs/waiting.js";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../../support/mailbox.js";
import { domain } from "../../../support/users/domains.js";
import { findButton, findEntry, invitedBy } from "../../../support/users/invitations.js";
import { type Member, member, newPerson, signedUp, withRole } from "../../../support/users.js";
import { type Page, readToken, type Visitor, visitor } from "../../../support/visitor.js";

const DAYS = 86_400_000;
const getSecret = (link: string) => link.split("/").at(-1) ?? "";
const account = (username: string) => User.findOne({ username }).orFail();
const readRoles = async (username: string) => (await account(username)).roles.map(({ role }) => role);
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
/** Returns true if the answer logged the user in, instead of sending them to the login of an existing account. */
const letIn = ({ status, location }: Page) => status === 303 && location === "/dashboard";
const stored = (email: string) => Invitation.findOne({ email }).orFail();

function newcomer() {
  const { username, password } = newPerson();
  return { username, password };
}

afterEach(() => {
  config.registration = "open";
});

describe("the page of the link", () => {
  test("the page of an invitation shows sender, role and expiry, and opening it several times changes nothing", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada, { role: "editor" });
    const before = await stored(email).then((one) => one.toObject());
    for (let n = 0; n < 3; n += 1) {
      const page = await visitor().get(link);
      assert.equal(page.status, 200);
      for (const word of [ada.username, email, "edit and delete posts of other users"])
        assert.ok(page.text.includes(word), word);
      assert.equal(page.headers.get("cache-control"), "no-store");
      assert.equal(page.headers.get("referrer-policy"), "strict-origin");
      assert.equal((await visitor().request(link, { method: "HEAD" })).status, 200);
    }
    assert.deepEqual((await stored(email)).toObject(), before);
  });

  test("an unknown invitation link gives 404", async () => {
    const { link } = await invitedBy(await withRole("admin"));
    for (const odd of [
      `${link}x`,
      link.slice(0, -1),
      "/invitations/%00",
      "/invitations/undefined",
      "/invitations/[]",
    ]) {
      assert.equal((await visitor().get(odd)).status, 404, odd);
      assert.equal((await visitor().submit("/login", newcomer(), odd)).status, 404, odd);
    }
  });

  test("only a hash of the link is stored, and the secret works in no other kind of link", async () => {
    const { email, link } = await invitedBy(await withRole("admin"));
    assert.ok(!JSON.stringify(await stored(email)).includes(getSecret(link)));
    for (const hash of (await stored(email)).hash)
      assert.equal((await visitor().get(`/invitations/${hash}`)).status, 404);
    assert.equal((await visitor().get(`/email-confirmation/${getSecret(link)}`)).status, 404);
  });
});

describe("a new user", () => {
  test("a new user who accepts gets an account with a confirmed email and the role, and is logged in", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada, { role: "editor" });
    const { username, password } = newcomer();
    const browser = visitor();
    const answer = await browser.submit(link, { username, password });
    assert.deepEqual([answer.status, answer.location], [303, "/dashboard"]);
    assert.match((await browser.get("/dashboard")).text, new RegExp(`Welcome, ${username}`));
    const user = await account(username);
    assert.equal(user.email, email);
    assert.ok(user.emailConfirmedAt);
    assert.deepEqual(await readRoles(username), ["editor"]);
    assert.match(
      (await ada.get(`/admin/users?q=${username}`)).text,
      new RegExp(`>${username}<`),
      "the search finds the new user",
    );
    const events = (await AuditEvent.listForUser(user.id)).events.map(({ event }) => event);
    assert.deepEqual(events.sort(), ["invitation.accepted", "role.granted", "session.started", "user.registered"]);
    assert.equal((await visitor().submit("/login", { login: email, password })).status, 303);
    const late = visitor();
    assert.equal((await late.get(link)).location, "/login", "the used link leads to the login, which says so");
    assert.match((await late.get("/login")).text, /This invitation has already been accepted/);
    assert.equal((await late.submit("/login", newcomer(), link)).location, "/login");
    assert.equal(await User.countDocuments({ email }), 1);
  });

  test("a new user invited as a plain member gets no stored role", async () => {
    const { link } = await invitedBy(await withRole("admin"));
    const { username, password } = newcomer();
    assert.equal((await visitor().submit(link, { username, password })).status, 303);
    assert.deepEqual(await readRoles(username), []);
  });

  test("a form with errors is shown again, and the invitation stays valid", async () => {
    const { username: taken } = await member();
    const { email, link } = await invitedBy(await withRole("admin"));
    const { password } = newcomer();
    const mistakes: [Record<string, string>, RegExp][] = [
      [{ username: taken.toUpperCase(), password }, /This username is taken/],
      [{ username: "x y", password }, /id="username-error"/],
      [{ username: newcomer().username, password: "short" }, /id="password-error"/],
      [{ username: newcomer().username, password: `${email}${email}` }, /id="password-error"/],
      [{ username: newcomer().username, password, email: "eve@example.org" }, /unexpected field/],
      [{ username: newcomer().username, password, role: "superadmin" }, /unexpected field/],
    ];
    for (const [fields, problem] of mistakes) {
      const page = await visitor().submit(link, fields);
      assert.equal(page.status, 422);
      assert.match(page.text, problem);
      assert.ok(!page.text.includes(`value="${fields.password}"`));
    }
    assert.equal((await visitor().submit(link, newcomer())).status, 303);
  });

  test("accepting an invitation twenty times at once with different usernames creates one account", async () => {
    const { email, link } = await invitedBy(await withRole("admin"), { role: "editor" });
    const people = Array.from({ length: 20 }, () => ({ ...newcomer(), browser: visitor() }));
    const tokens = await Promise.all(people.map(async ({ browser }) => readToken((await browser.get(link)).text)));
    const answers = await Promise.all(
      people.map(({ browser, ...person }, n) => browser.send(link, { ...person, _csrf: tokens[n] ?? "" })),
    );
    assert.equal(answers.filter(letIn).length, 1);
    // Once the account exists, requests are sent to the login. Before that, the link is invalid for all but one.
    for (const { status, location } of answers)
      assert.ok(
        status === 404 || location?.split("?")[0] === "/login" || location === "/dashboard",
        `${status} ${location}`,
      );
    assert.equal(await User.countDocuments({ email }), 1);
    const winner = people[answers.findIndex(letIn)];
    assert.ok(winner && (await isIn(winner.browser)));
    assert.deepEqual(await readRoles(winner.username), ["editor"]);
  });

  test("revoking an invitation while it is accepted either succeeds or gives 409 and leaves one account", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada, { role: "editor" });
    const revoke = await findButton(ada, email, "revoke");
    const browsers = Array.from({ length: 20 }, () => visitor());
    const tokens = await Promise.all(browsers.map(async (browser) => readToken((await browser.get(link)).text)));
    const [answer, ...accepted] = await Promise.all([
      ada.submit("/admin/invitations", {}, revoke),
      ...browsers.map((browser, n) => browser.send(link, { ...newcomer(), _csrf: tokens[n] ?? "" })),
    ]);
    const ins = accepted.filter(letIn).length;
    assert.deepEqual([answer.status, ins].sort(), answer.status === 303 ? [0, 303] : [1, 409]);
    assert.equal(await User.countDocuments({ email }), ins);
  });

  test("accepting an invitation deletes other registrations with the email and frees their usernames", async () => {
    const { username, email, password } = await signedUp();
    const pretender = await signedUp({ ...newPerson(), email });
    const { link } = await invitedBy(await withRole("admin"), { email });
    assert.equal((await visitor().submit(link, { username, password })).status, 303);
    assert.deepEqual(
      (await User.find({ email })).map((user) => user.username),
      [username],
    );
    assert.equal(await User.countDocuments({ username: pretender.username }), 0);
    assert.ok((await account(username)).emailConfirmedAt);
  });

  test("a new user with a pending registration can choose another username", async () => {
    const waiting = await signedUp();
    const { link } = await invitedBy(await withRole("admin"), { email: waiting.email, role: "editor" });
    assert.match((await waiting.get(link)).text, /Create account/);
    const { username, password } = newcomer();
    assert.equal((await waiting.submit(link, { username, password })).location, "/dashboard");
    assert.deepEqual(await readRoles(username), ["editor"]);
    assert.equal(await User.countDocuments({ username: waiting.username }), 0);
  });
});

describe("a user with an account", () => {
  test("an existing user logs in, returns to the invitation, clicks the button, and gets the role", async () => {
    const bob = await member();
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, role: "editor" });
    const browser = visitor();
    const page = await browser.get(link);
    assert.equal(page.status, 200);
    assert.match(page.text, new RegExp(`<strong>${bob.username}<`));
    assert.doesNotMatch(page.text, /<form(?![^>]*logout)/);
    const toLogin = /href="(\/login\?return_to=[^"]+)"/.exec(page.text)?.[1] ?? "";
    const login = await browser.submit(toLogin, { login: bob.email, password: bob.password });
    assert.equal(login.location, link);
    assert.match((await browser.get(link)).text, /Accept invitation/);
    assert.deepEqual(await readRoles(bob.username), [], "opening the link grants nothing");
    const answer = await browser.submit(link, {});
    assert.deepEqual([answer.status, answer.location], [303, "/dashboard"]);
    assert.deepEqual(await readRoles(bob.username), ["editor"]);
    assert.equal((await browser.submit("/posts/new", {}, link)).location, "/dashboard");
    assert.match((await browser.get("/dashboard")).text, /already accepted this invitation\./);
  });

  test("an existing user who sends the form without a login is sent to the login, and no second account is created", async () => {
    const bob = await member();
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, role: "editor" });
    const browser = visitor();
    const answer = await browser.submit("/login", newcomer(), link);
    assert.deepEqual([answer.status, answer.location], [303, `/login?${new URLSearchParams({ return_to: link })}`]);
    assert.equal(await User.countDocuments({ email: bob.email }), 1);
    assert.deepEqual(await readRoles(bob.username), []);
    assert.equal(
      (await browser.submit(answer.location ?? "", { login: bob.email, password: bob.password })).location,
      link,
    );
  });

  test("opening an invitation while logged in as another user shows a message and grants nothing", async () => {
    const [bob, eve] = [await member(), await member()];
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, role: "editor" });
    const page = await eve.get(link);
    assert.equal(page.status, 200);
    assert.match(page.text, new RegExp(`You're logged in as <strong>${eve.username}<`));
    assert.equal((await eve.submit(link, {})).status, 403);
    assert.equal((await eve.submit(link, newcomer())).status, 403);
    assert.deepEqual([await readRoles(bob.username), await readRoles(eve.username)], [[], []]);
    assert.equal((await bob.submit(link, {})).status, 303, "the link is still valid for the invited user");
  });

  test("twenty clicks on the button at once grant the role once", async () => {
    const bob = await member();
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, role: "editor" });
    const _csrf = readToken((await bob.get(link)).text);
    const answers = await Promise.all(Array.from({ length: 20 }, () => bob.send(link, { _csrf })));
    assert.deepEqual(
      answers.map(({ location }) => location),
      Array(20).fill("/dashboard"),
    );
    assert.deepEqual(await readRoles(bob.username), ["editor"]);
    const { events } = await AuditEvent.listForUser((await account(bob.username)).id);
    assert.equal(events.filter(({ event }) => event === "invitation.accepted").length, 1);
  });

  test("an existing user who becomes an admin by an invitation gets an email about it, and a new user gets none", async () => {
    const [root, bob] = [await withRole("superadmin"), await member()];
    const { link } = await invitedBy(root, { email: bob.email, role: "admin" });
    assert.equal((await bob.submit(link, {})).status, 303);
    assert.match((await mailAbout(bob.email, /role/i)).text, /You are now: admin\./);
    const { email, link: other } = await invitedBy(root, { role: "admin" });
    assert.equal((await visitor().submit(other, newcomer())).status, 303);
    await allJobsDone();
    assert.equal((await mailsTo(email)).length, 1, "only the invitation");
  });

  const held: [held: string, invited: string, after: string, isIn: boolean][] = [
    ["user", "editor", "editor", true],
    ["editor", "editor", "editor", true],
    ["admin", "editor", "admin", true],
    ["editor", "editor", "editor", false],
  ];
  for (const [before, role, after, isInDomain] of held) {
    const place = isInDomain ? "of a domain" : "of the site";
    test(`a user who is ${before} ${place} and accepts an invitation as ${role} is only ${after}`, async () => {
      const club = await domain();
      const bob = await withRole(before as Role, isInDomain ? club.id : null);
      const where = isInDomain ? { domain: club.slug } : {};
      const { link } = await invitedBy(await withRole("superadmin"), { email: bob.email, role, ...where });
      assert.equal((await bob.submit(link, {})).status, 303);
      assert.deepEqual(await readRoles(bob.username), [after]);
      const events = (await AuditEvent.listForUser(bob.id)).events.map(({ event }) => event);
      const recorded = events.filter((event) => /^role|^domain/.test(event));
      assert.equal(recorded.length, before === after ? 0 : 1, `an unchanged role is not recorded: ${events}`);
    });
  }

  test("a user who is added to the domain while they accept an invitation has only the invited role", async () => {
    const [root, bob, { slug }] = [await withRole("superadmin"), await member(), await domain()];
    const { link } = await invitedBy(root, { email: bob.email, role: "editor", domain: slug });
    const _csrf = readToken((await bob.get(link)).text);
    const isOpen = Invitation.isOpen; // called between the read of the roles and the write
    const held = mock.method(Invitation, "isOpen", async (id: Types.ObjectId) => {
      held.mock.restore();
      const added = await root.submit(`/admin/domains/${slug}`, { user: bob.username, role: "user" });
      assert.equal(added.status, 303);
      return isOpen(id);
    });
    assert.equal((await bob.send(link, { _csrf })).status, 303);
    assert.deepEqual(await readRoles(bob.username), ["editor"]);
    const events = (await AuditEvent.listForUser(bob.id)).events.map(({ event }) => event);
    assert.deepEqual(events.filter((event) => event.startsWith("domain.")).sort(), [
      "domain.member-added",
      "domain.role-changed",
    ]);
  });

  test("a disabled user cannot accept an invitation", async () => {
    const bob = await member();
    const { link } = await invitedBy(await withRole("admin"), { email: bob.email, role: "editor" });
    await (await account(bob.username)).disable();
    const toLogin = `/login?${new URLSearchParams({ return_to: link })}`;
    assert.equal((await visitor().submit("/login", newcomer(), link)).location, toLogin);
    assert.equal((await bob.submit("/login", {}, link)).location, toLogin);
    assert.deepEqual(await readRoles(bob.username), []);
  });
});

describe("an invitation grants only what its sender may grant", () => {
  const falls: [string, (username: string) => Promise<unknown>][] = [
    ["lost the role", async (name) => (await account(name)).revokeRole({ role: "admin", domain: null })],
    ["is disabled", async (name) => (await account(name)).disable()],
    ["was deleted", async (name) => User.deleteOne({ username: name })],
  ];
  for (const [what, fall] of falls) {
    test(`an invitation gives 404 once its sender ${what}`, async () => {
      const ada = await withRole("admin");
      const { link } = await invitedBy(ada, { role: "editor" });
      const { link: plain } = await invitedBy(ada);
      const browser = visitor();
      const _csrf = readToken((await browser.get(link)).text);
      await fall(ada.username);
      for (const one of [link, plain]) {
        assert.equal((await visitor().get(one)).status, 404);
        assert.equal((await browser.send(one, { _csrf, ...newcomer() })).status, 404);
      }
    });
  }

  test("the sender's permission is checked again while the account is created", async () => {
    const ada = await withRole("admin");
    const { email, link } = await invitedBy(ada, { role: "editor" });
    const browser = visitor();
    const _csrf = readToken((await browser.get(link)).text);
    const answer = browser.send(link, { _csrf, ...newcomer() });
    await (await account(ada.username)).disable();
    const accepted = (await answer).status === 303;
    assert.equal(await User.countDocuments({ email }), accepted ? 1 : 0);
  });
});

describe("an invitation does not give back a role that its user has lost since", () => {
  type Case = { root: Member; bob: Member; slug: string };
  const remove = ({ root, bob, slug }: Case) =>
    root.submit(`/admin/domains/${slug}`, {}, `/admin/domains/${slug}/members/${bob.id}/remove`);
  const losses: [what: string, lose: (one: Case) => Promise<Page>, left: string[]][] = [
    ["was removed from the domain", remove, []],
    ["left the domain", ({ bob, slug }) => bob.submit(`/domains/${slug}/leave`, {}), []],
    [
      "got a lower role in the domain",
      ({ root, bob, slug }) => root.submit(`/admin/domains/${slug}`, { user: bob.username, role: "user" }),
      ["user"],
    ],
    ["lost the role on the site", ({ root, bob }) => root.submit(`/admin/users/${bob.id}/roles`, {}), []],
  ];
  for (const [what, lose, left] of losses) {
    test(`the link of a user who ${what} gives 404 until it is sent again, and the list does not show it`, async () => {
      const [root, { id, slug }] = [await withRole("superadmin"), await domain()];
      const place = what.endsWith("site") ? "" : slug;
      const bob = await withRole("editor", place ? id : null);
      const invitation = { email: bob.email, role: "editor", domain: place };
      const { link } = await invitedBy(root, invitation);
      assert.equal((await lose({ root, bob, slug })).status, 303);
      assert.equal((await bob.get(link)).status, 404);
      assert.equal((await bob.submit("/posts/new", {}, link)).status, 404);
      assert.deepEqual(await readRoles(bob.username), left);
      assert.match(await findEntry(root, bob.email), /Pending/);
      assert.equal((await root.submit("/admin/invitations", invitation)).status, 422, "it is still pending");
      const resend = await findButton(root, bob.email, "resend");
      assert.equal((await root.submit("/admin/invitations", {}, resend)).status, 303);
      const again = linkIn(await newestMail(bob.email, 2), "/invitations/");
      assert.equal((await bob.submit(again, {})).status, 303);
      assert.deepEqual(await readRoles(bob.username), ["editor"]);
    });
  }

  for (const method of ["claim", "isOpen"] as const) {
    const when = method === "claim" ? "before" : "after";
    test(`a user who is removed while they accept an invitation, right ${when} their roles are read, stays removed`, async () => {
      const [root, { id, slug }] = [await withRole("superadmin"), await domain()];
      const bob = await withRole("user", id);
      const { link } = await invitedBy(root, { email: bob.email, role: "editor", domain: slug });
      const _csrf = readToken((await bob.get(link)).text);
      const original = Invitation[method] as (...all: unknown[]) => Promise<boolean>;
      const held = mock.method(Invitation, method, async (...all: unknown[]) => {
        held.mock.restore();
        const answer = await original(...all);
        assert.equal((await remove({ root, bob, slug })).status, 303);
        return answer;
      });
      assert.equal((await bob.send(link, { _csrf })).status, 404);
      assert.equal(held.mock.callCount(), 1);
      assert.deepEqual(await readRoles(bob.username), []);
      const events = (await AuditEvent.listForUser(bob.id)).events.map(({ event }) => event);
      assert.deepEqual(events, ["domain.member-removed", "session.started"]);
    });
  }
});

describe("expiry", () => {
  afterEach(() => mock.timers.reset());

  test("an invitation link is valid for exactly seven days", async () => {
    const { email, link } = await invitedBy(await withRole("admin"));
    const until = (await stored(email)).expiresAt.getTime();
    assert.ok(until > Date.now() + 7 * DAYS - 60_000 && until <= Date.now() + 7 * DAYS);
    mock.timers.enable({ apis: ["Date"], now: until - 1 });
    assert.equal((await visitor().get(link)).status, 200);
    mock.timers.setTime(until);
    assert.equal((await visitor().get(link)).status, 404);
    assert.equal((await visitor().submit("/login", newcomer(), link)).status, 404);
  });
});

describe("after a crash", () => {
  const longAgo = () => new Date(Date.now() - 2 * 60_000);

  test("after a crash before the account was created, the invitation becomes valid again", async () => {
    const { email, link } = await invitedBy(await withRole("admin"), { role: "editor" });
    await Invitation.claim((await stored(email))._id, new Types.ObjectId());
    assert.equal(
      (await visitor().submit(link, newcomer())).status,
      404,
      "the interrupted request still holds the invitation",
    );
    await Invitation.updateOne({ email }, { "taken.at": longAgo() });
    const { username, password } = newcomer();
    assert.equal((await visitor().submit(link, { username, password })).status, 303);
    assert.deepEqual(await readRoles(username), ["editor"]);
  });

  test("after a crash before the account was created, the sweep releases the invitation", async () => {
    const { email, link } = await invitedBy(await withRole("admin"));
    await Invitation.claim((await stored(email))._id, new Types.ObjectId());
    await Invitation.updateOne({ email }, { "taken.at": longAgo() });
    await cleanUpAccounts();
    assert.equal((await stored(email)).taken, null);
    assert.equal((await visitor().submit(link, newcomer())).status, 303);
  });

  for (const heal of ["the sweep", "the person"]) {
    test(`after a crash before the role was granted, the user can accept again${heal === "the sweep" ? ", even after the sweep" : ""}`, async () => {
      const { email, link } = await invitedBy(await withRole("admin"), { role: "editor" });
      const bob = await member({ ...newPerson(), email });
      const { _id } = await account(bob.username);
      await Invitation.claim((await stored(email))._id, _id);
      await Invitation.updateOne({ email }, { "taken.at": longAgo() });
      if (heal === "the sweep") await cleanUpAccounts();
      assert.equal((await bob.submit(link, {})).status, 303);
      assert.deepEqual(await readRoles(bob.username), ["editor"]);
      const { acceptedAt, acceptedBy, taken } = await stored(email);
      assert.ok(acceptedAt && acceptedBy?.equals(_id) && taken === null);
      assert.equal((await visitor().get(link)).location, "/login");
    });
  }
});

describe("REGISTRATION", () => {
  test("with REGISTRATION=invite, an invited user can register", async () => {
    const { link } = await invitedBy(await withRole("admin"));
    config.registration = "invite";
    assert.equal((await visitor().submit(link, newcomer())).status, 303);
  });

  test("with REGISTRATION=closed, nobody can register, but an existing user can accept a role", async () => {
    const bob = await member();
    const ada = await withRole("admin");
    const [{ email, link }, { link: bobs }] = [
      await invitedBy(ada),
      await invitedBy(ada, { email: bob.email, role: "editor" }),
    ];
    config.registration = "closed";
    assert.equal((await visitor().get(link)).status, 403);
    assert.equal((await visitor().submit("/login", newcomer(), link)).status, 403);
    assert.equal(await User.countDocuments({ email }), 0);
    assert.equal((await bob.submit(bobs, {})).status, 303);
    config.registration = "open";
    assert.equal((await visitor().submit(link, newcomer())).status, 303, "the invitation is valid again");
  });
});
