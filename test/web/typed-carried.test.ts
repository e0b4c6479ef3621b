import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Fault, modes } from "../support/faults.js";
import { type Member, member } from "../support/people.js";
import { hiddenFields, tokenOf, visitor } from "../support/visitor.js";

let ada: Member;
let bob: Member;
before(async () => {
  [ada, bob] = [await member(), await member()];
});

/** What a user typed whose session ended meanwhile, as the login page carries it. @returns that page's hidden fields */
async function typedBy(who: Member, body: string) {
  const browser = visitor();
  browser.cookies.set("device", who.cookies.get("device") ?? "");
  assert.equal((await browser.submit("/login", { login: who.username, password: who.password })).status, 303);
  const hidden = hiddenFields((await browser.get("/posts/new")).text, "/posts");
  browser.cookies.delete("sid");
  const page = await browser.send("/posts", { ...hidden, title: "Kept", body, visibility: "public" });
  return { browser, page, hidden: hiddenFields(page.text, "/login") };
}

async function loggedIn(who: Member) {
  const browser = visitor();
  const page = await browser.submit("/login", { login: who.username, password: who.password });
  assert.equal(page.status, 303);
  return browser;
}

test("a text of any length that is read at all comes back after the login", async () => {
  for (const kilobytes of [9, 90, 100, 125, 200, 400, 500]) {
    const body = `${"word ".repeat(kilobytes * 200)}the last words`;
    const { browser, page, hidden } = await typedBy(ada, body);
    assert.match(page.text, /the last words/, `${kilobytes} kB: shown`);
    const back = await browser.send("/login", { ...hidden, login: ada.username, password: ada.password });
    assert.match(back.text, /action="\/posts"[\s\S]*the last words/, `${kilobytes} kB: ${back.status}`);
  }
});

test("a browser in which nobody has logged in sends no long text", async () => {
  const stranger = visitor();
  const _csrf = tokenOf((await stranger.get("/login")).text);
  const _typed = "x".repeat(200_000);
  assert.equal((await stranger.send("/login", { _csrf, login: "x", password: "y", _typed })).status, 413);
});

test("what one user typed is never shown to another who logs in, whatever command of the database fails", async () => {
  const { hidden } = await typedBy(ada, "only Ada may read this");
  for (const mode of modes) {
    for (let n = 1; ; n += 1) {
      const browser = visitor();
      browser.cookies.set("device", bob.cookies.get("device") ?? "");
      const _csrf = tokenOf((await browser.get("/login")).text);
      const fault = new Fault(mode, n);
      const login = { ...hidden, _csrf, login: bob.username, password: bob.password };
      const answer = await browser.send("/login", login, fault.headers);
      fault.end();
      assert.doesNotMatch(answer.text, /only Ada may read this/, `${mode} ${n}: ${answer.status}`);
      if (!fault.hasStruck) break;
      assert.ok(n < 30, "ends");
    }
  }
});

test("whatever command of the database fails, a form that renews or ends a session is answered", async () => {
  const actions = [
    { path: "/login", open: async () => visitor(), fields: { login: ada.username, password: ada.password } },
    { path: "/reauthenticate", open: () => loggedIn(ada), fields: { password: ada.password } },
    { path: "/logout", open: () => loggedIn(ada), fields: {} },
  ];
  for (const { path, open, fields } of actions) {
    for (const mode of modes) {
      for (let n = 1; ; n += 1) {
        const browser = await open();
        const _csrf = tokenOf((await browser.get(path === "/login" ? path : "/posts/new")).text);
        const fault = new Fault(mode, n);
        const { status } = await browser.send(path, { ...fields, _csrf }, fault.headers);
        fault.end();
        assert.ok(status === 503 || status === 303, `${path} ${mode} ${n}: ${status}`);
        if (!fault.hasStruck) break;
        assert.ok(n < 30, "ends");
      }
    }
  }
});
