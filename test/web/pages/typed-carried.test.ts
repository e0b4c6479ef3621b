import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import { Session } from "../../../src/models/session.js";
import { Fault, modes } from "../../support/database/faults.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { hiddenFields, type Page, readToken, visitor } from "../../support/visitor.js";

let ada: Member;
let bob: Member;
before(async () => {
  [ada, bob] = [await member(), await member()];
});

/** Sends a post after the session has ended. @returns the login page that carries the input, and its hidden fields */
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

test("text of any accepted length is in its form again after the login", async () => {
  for (const kilobytes of [9, 90, 100, 125, 200, 400, 500]) {
    const body = `${"word ".repeat(kilobytes * 200)}the last words`;
    const { browser, page, hidden } = await typedBy(ada, body);
    assert.match(page.text, /the last words/, `${kilobytes} kB: shown`);
    const back = await browser.send("/login", { ...hidden, login: ada.username, password: ada.password });
    assert.match(back.text, /action="\/posts"[\s\S]*the last words/, `${kilobytes} kB: ${back.status}`);
  }
});

test("a long text from an unknown browser gets 413", async () => {
  const stranger = visitor();
  const _csrf = readToken((await stranger.get("/login")).text);
  const _typed = "x".repeat(200_000);
  assert.equal((await stranger.send("/login", { _csrf, login: "x", password: "y", _typed })).status, 413);
});

/** Forms that can carry the input of another form, how to open them, and what a browser sends. */
const carriers = [
  {
    path: "/login",
    open: async (_: Member) => visitor(),
    fields: ({ username, password }: Member) => ({ login: username, password }),
  },
  { path: "/reauthenticate", open: loggedIn, fields: ({ password }: Member) => ({ password }) },
  { path: "/logout", open: loggedIn, fields: (_: Member) => ({}) },
];
type Carrier = (typeof carriers)[number];

/** Opens a carrier's form in a browser, and adds the input of another form. */
async function held(carrier: Carrier, who: Member, carried: Record<string, string> = {}) {
  const browser = await carrier.open(who);
  const _csrf = readToken((await browser.get(browser.cookies.has("sid") ? "/posts/new" : "/login")).text);
  return { browser, path: carrier.path, fields: { ...carrier.fields(who), ...carried, _csrf } };
}

/** Sends the form once for each database command and each way in which it can fail. */
async function failEach(carrier: Carrier, who: Member, carried: Record<string, string>, check: (page: Page) => void) {
  for (const mode of modes) {
    for (let n = 1; ; n += 1) {
      const { browser, path, fields } = await held(carrier, who, carried);
      const fault = new Fault(mode, n);
      check(await browser.send(path, fields, fault.headers));
      fault.end();
      if (!fault.hasStruck) break;
      assert.ok(n < 30, "the number of commands is limited");
    }
  }
}

type Sent = Awaited<ReturnType<typeof held>>;
/** Problems that a form can have while it carries the input of another form. */
const mishaps: Record<string, (sent: Sent) => Promise<Page>> = {
  "the session ended": ({ browser, path, fields }) => {
    browser.cookies.delete("sid");
    return browser.send(path, fields);
  },
  "all cookies are deleted": ({ browser, path, fields }) => {
    browser.cookies.clear();
    return browser.send(path, fields);
  },
  "the token is not valid": ({ browser, path, fields }) => browser.send(path, { ...fields, _csrf: "stale" }),
  "a field is too long": ({ browser, path, fields }) => browser.send(path, { ...fields, password: "x".repeat(50_000) }),
  "the password is wrong": ({ browser, path, fields }) =>
    browser.send(path, { ...fields, password: "not-the-Password" }),
  "the database is unavailable": async ({ browser, path, fields }) => {
    const fault = new Fault("outage", 1);
    const answer = await browser.send(path, fields, fault.headers);
    fault.end();
    return answer;
  },
  "the session cannot be read": async ({ browser, path, fields }) => {
    const away = Object.assign(new Error("away"), { name: "MongoServerSelectionError" });
    const broken = mock.method(Session, "findLive", () => Promise.reject(away));
    const answer = await browser.send(path, fields);
    broken.mock.restore();
    return answer;
  },
  "another user is logged in": async ({ path, fields }) => (await loggedIn(bob)).send(path, fields),
  nothing: ({ browser, path, fields }) => browser.send(path, fields),
};

test("one user's input is never shown to another user, whichever database command fails", async () => {
  const { _typed = "" } = (await typedBy(ada, "words of Ada")).hidden;
  for (const carrier of carriers) {
    const isHidden = ({ text, status }: Page) =>
      assert.doesNotMatch(text, /words of Ada/, `${carrier.path}: ${status}`);
    await failEach(carrier, bob, { _typed }, isHidden);
    await failEach({ ...carrier, open: async () => visitor() }, bob, { _typed }, isHidden);
    for (const happen of Object.values(mishaps)) {
      isHidden(await happen(await held(carrier, bob, { _typed })));
      isHidden(await happen(await held({ ...carrier, open: async () => visitor() }, bob, { _typed })));
    }
  }
});

test("a form that renews or ends a session gets 303 or 503, whichever database command fails", async () => {
  for (const carrier of carriers)
    await failEach(carrier, ada, {}, ({ status }) =>
      assert.ok([303, 503].includes(status), `${carrier.path}: ${status}`),
    );
});

/** Returns true if the input is in its form, or encrypted in a form of the page. */
const isKept = ({ text }: Page) =>
  /<textarea[^>]*name="body"[^>]*>\s*words of Ada/.test(text) || /name="_typed" value="[^"]{100,}"/.test(text);

test("a form that carries the input of another form keeps it, whatever fails", async () => {
  const { _typed = "" } = (await typedBy(ada, "words of Ada")).hidden;
  for (const carrier of carriers) {
    for (const [what, happen] of Object.entries(mishaps)) {
      const answer = await happen(await held(carrier, ada, { _typed }));
      assert.ok(isKept(answer), `${carrier.path}, ${what}: ${answer.status} ${answer.location}`);
    }
  }
});

test("a login to a pending account keeps the carried input", async () => {
  const { _typed = "" } = (await typedBy(ada, "words of Ada")).hidden;
  const who = newPerson();
  await visitor().submit("/register", who);
  const answer = await visitor().submit("/login", { login: who.username, password: who.password, _typed });
  assert.equal(answer.status, 422);
  assert.ok(isKept(answer));
  assert.doesNotMatch(answer.text, /words of Ada/);
});
