import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import express from "express";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { findFormPages } from "../../../src/routes/form-pages.js";
import { requireRecentLogin } from "../../../src/web/guards.js";
import { type Member, member } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

const MINUTES = 60_000;
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** Makes the user's last proof of identity this old. */
async function age({ username }: Member, ms: number) {
  const user = (await account({ username }))._id;
  const $set = { "session.authenticatedAt": Date.now() - ms };
  await Session.collection.updateMany({ "session.passport.user": user }, { $set });
}
const authenticatedAt = async ({ username }: Member) => {
  const user = (await account({ username }))._id;
  const alive = { "session.passport.user": user, endedAt: { $exists: false } };
  return (await Session.collection.findOne(alive))?.session.authenticatedAt as number;
};

describe("confirming the password", () => {
  test("confirming the password gives the session a new id and counts as a recent login", async () => {
    const ada = await member();
    const stolen = visitor();
    for (const [name, value] of ada.cookies) stolen.cookies.set(name, value);
    await age(ada, 60 * MINUTES);
    const before = ada.cookies.get("sid");
    const answer = await ada.submit("/reauthenticate", { password: ada.password });
    assert.equal(answer.status, 303, answer.text);
    assert.equal(answer.location, "/dashboard");
    assert.notEqual(ada.cookies.get("sid"), before);
    assert.ok((await authenticatedAt(ada)) > Date.now() - 1 * MINUTES);
    assert.equal((await ada.get("/dashboard")).status, 200);
    assert.equal((await stolen.get("/dashboard")).location, "/login", "the old session id is invalid (ASVS 7.2.4)");
  });

  test("confirming the password keeps the device and the time of the previous login", async () => {
    const ada = await member();
    await ada.submit("/dashboard", {}, "/logout");
    await ada.submit("/login", { login: ada.username, password: ada.password });
    const { text } = await ada.get("/dashboard");
    const told = /Last login: [\s\S]*?<\/time>/.exec(text)?.[0];
    assert.ok(told);
    const alive = { "session.passport.user": (await account(ada))._id, endedAt: { $exists: false } };
    const { device } = (await Session.collection.findOne(alive))?.session ?? {};
    await ada.submit("/reauthenticate", { password: ada.password });
    assert.ok((await ada.get("/dashboard")).text.includes(told));
    assert.equal((await Session.collection.findOne(alive))?.session.device, device);
  });

  test("a wrong password changes nothing and is never shown again", async () => {
    const ada = await member();
    await age(ada, 60 * MINUTES);
    for (const [password, status] of [
      ["not-the-password", 401],
      ["", 422],
      [`${ada.password} `, 401],
    ] as const) {
      const answer = await ada.submit("/reauthenticate", { password });
      assert.equal(answer.status, status);
      assert.match(answer.text, /href="#password"/);
      assert.doesNotMatch(answer.text, /not-the-password|sturdy/);
    }
    assert.ok((await authenticatedAt(ada)) < Date.now() - 59 * MINUTES);
  });

  test("an unknown or duplicate field, or a missing CSRF token, gives an error", async () => {
    const ada = await member();
    const extra = await ada.submit("/reauthenticate", { password: ada.password, username: "person1" });
    assert.equal(extra.status, 422);
    const _csrf = readToken((await ada.get("/reauthenticate")).text);
    const twice = await ada.send("/reauthenticate", `_csrf=${_csrf}&password=${ada.password}&password=x`);
    assert.ok(twice.status >= 400 && twice.status < 500, String(twice.status));
    await age(ada, 60 * MINUTES);
    assert.equal((await ada.send("/reauthenticate", { password: ada.password })).status, 403, "without the CSRF token");
    assert.equal((await visitor().get("/reauthenticate")).location, "/login");
  });

  test("confirming the password while it is changed leaves the user logged out", async () => {
    const ada = await member();
    const _csrf = readToken((await ada.get("/reauthenticate")).text);
    const user = await account(ada);
    const [answer] = await Promise.all([
      ada.send("/reauthenticate", { _csrf, password: ada.password }),
      user.setPassword("another-Sturdy-gate"),
    ]);
    // 409: the account was read for the request before the change, and again after it
    assert.ok([303, 401, 403, 409].includes(answer.status), String(answer.status));
    assert.equal((await ada.get("/dashboard")).location, "/login");
  });
});

describe("the guard for sensitive actions", () => {
  type Asked = { to: string | null };
  /** Returns where the guard sends a request, or null if the request passes. */
  function knock(method: string, path: string, session: object, person: object | null): Asked | null {
    const asked: Asked = { to: null };
    const req = Object.assign(Object.create(express.request), {
      method,
      url: path,
      originalUrl: path,
      headers: {},
      session,
      findFormPages,
      ...(person && { user: person }),
    });
    const res = {
      req,
      redirect: (_status: number, to: string) => Object.assign(asked, { to }),
    };
    let passed = false;
    requireRecentLogin(req, res as never, () => {
      passed = true;
    });
    return passed ? null : asked;
  }
  const ada = { isMember: true };
  const ago = (ms: number) => ({ authenticatedAt: Date.now() - ms });

  test("a login passes the guard for ten minutes; afterwards the user must confirm the password", () => {
    assert.equal(knock("GET", "/account/export", ago(9 * MINUTES), ada), null);
    for (const session of [ago(10 * MINUTES), ago(24 * 60 * MINUTES), { authenticatedAt: 0 }, {}]) {
      const asked = knock("GET", "/account/export?a=1", session, ada);
      assert.deepEqual(asked, { to: "/reauthenticate?return_to=%2Faccount%2Fexport%3Fa%3D1" });
    }
  });

  test("a POST that needs a recent login returns to the page of its form", () => {
    const asked = knock("POST", "/account/email?next=//evil.example", ago(60 * MINUTES), ada);
    assert.deepEqual(asked, { to: "/reauthenticate?return_to=%2Faccount%2Femail" });
    const button = knock("POST", "/admin/users/5f9f1b9b9b9b9b9b9b9b9b9b/enable", ago(60 * MINUTES), ada);
    assert.equal(button?.to, "/reauthenticate?return_to=%2Fadmin%2Fusers%2F5f9f1b9b9b9b9b9b9b9b9b9b");
  });

  test("the guard sends visitors to the login, and unconfirmed users to the confirmation", () => {
    assert.equal(knock("GET", "/account/export", {}, null)?.to, "/login?return_to=%2Faccount%2Fexport");
    assert.equal(knock("GET", "/account/export", ago(0), { isMember: false })?.to, "/email-confirmation");
  });
});
