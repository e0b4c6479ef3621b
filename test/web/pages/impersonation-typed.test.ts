import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { actAs, type Member, member, post, withRole } from "../../support/users.js";
import { hiddenFields, readToken, type Visitor, visitor } from "../../support/visitor.js";

const MINUTES = 60_000;
const TEXT = "Typed while impersonating";
const typed = { title: TEXT, body: TEXT, visibility: "public" };
const asProgram = { accept: "application/json", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };

/** How an impersonation can end while a form is open in another tab, and whether the admin is still logged in. */
const ends: Record<string, { end: (admin: Visitor) => Promise<unknown>; isLoggedIn: boolean }> = {
  "the end button in another tab": {
    end: (admin) => admin.submit("/posts/new", {}, "/impersonation/end"),
    isLoggedIn: true,
  },
  "the time limit": { end: (admin) => stayFor(admin, 31), isLoggedIn: true },
  "the admin's logout": { end: (admin) => admin.submit("/posts/new", {}, "/logout"), isLoggedIn: false },
};

async function stayFor(admin: Visitor, minutes: number) {
  for (let spent = 0; spent < minutes; spent += 8) {
    mock.timers.tick(8 * MINUTES);
    if (spent + 8 < 30) await admin.get("/dashboard");
  }
}

const login = (browser: Visitor, { username, password }: Member, carried: Record<string, string> = {}) =>
  browser.send("/login", { login: username, password, ...carried });

/** Returns the forms that an admin can send during an impersonation, plus one that must be refused. */
async function listForms(ada: Member) {
  const path = await post(ada);
  const id = (await Post.findOne({ author: (await User.findOne({ username: ada.username }).orFail())._id }).orFail())
    .id;
  assert.ok(path);
  return ["/posts", `/posts/${id}`, `/posts/${id}/delete`, "/account/profile"];
}

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
afterEach(() => mock.timers.reset());

describe("input of an impersonating admin is shown only to the admin, and is not saved, after the impersonation was ended by", () => {
  for (const [how, { end, isLoggedIn }] of Object.entries(ends)) {
    test(how, async () => {
      const [admin, ada] = [await withRole("admin"), await member()];
      const forms = await listForms(ada);
      await actAs(admin, ada);
      const _csrf = readToken((await admin.get("/posts/new")).text);
      await end(admin);
      for (const form of forms) {
        assert.equal((await admin.send(form, { _csrf, ...typed }, asProgram)).status, 403, form);
        const page = await admin.send(form, { _csrf, ...typed });
        assert.ok([401, 403].includes(page.status), `${form}: ${page.status}`);
        assert.match(page.text, new RegExp(TEXT), `${form} shows the input`);
        assert.equal(/action="\/login"/.test(page.text), !isLoggedIn, form);
        if (isLoggedIn) assert.doesNotMatch(page.text, /action="\/posts"/, "no form contains the input");
        else await comesBackTo(page.text, { admin, ada }, admin);
      }
      assert.equal(await Post.countDocuments({ $or: [{ title: TEXT }, { body: TEXT }] }), 0);
    });
  }
});

/** Logs in with the login form that carries the input: as the user, who must not see it, and as the admin, who must. */
async function comesBackTo(html: string, { admin, ada }: Record<"admin" | "ada", Member>, browser: Visitor) {
  const carried = hiddenFields(html, "/login");
  for (const one of [ada, admin]) {
    const tab = visitor();
    for (const [name, value] of browser.cookies) tab.cookies.set(name, value);
    const page = await login(tab, one, carried);
    assert.notEqual(page.status, 303);
    assert.equal(page.text.includes(TEXT), one === admin, page.text);
    assert.doesNotMatch(page.text, /action="\/posts"/);
  }
}

test("sending the form again that started an impersonation continues it, with the same end", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const { id } = await User.findOne({ username: ada.username }).orFail();
  const path = `/admin/users/${id}/impersonate`;
  const form = { ...hiddenFields((await admin.get(path)).text, path), reason: "To help." };
  assert.equal((await admin.send(path, form)).status, 303);
  await admin.get("/dashboard");
  const own = visitor();
  for (const [name, value] of admin.cookies) if (name !== "acting") own.cookies.set(name, value);
  mock.timers.tick(9 * MINUTES);
  assert.equal((await own.send(path, form)).status, 303);
  for (const minutes of [8, 8]) {
    mock.timers.tick(minutes * MINUTES);
    assert.match((await own.get("/dashboard")).text, /You're acting as/);
  }
  mock.timers.tick(6 * MINUTES);
  assert.doesNotMatch((await own.get("/dashboard")).text, /You're acting as/, "31 minutes after it began");
  assert.equal(await AuditEvent.countDocuments({ event: "impersonation.started", user: id }), 1);
});
