import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Device } from "../../../src/models/device.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { Fault } from "../../support/database/faults.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { type Member, member } from "../../support/users.js";
import { readToken, type Visitor, visitor } from "../../support/visitor.js";

const SECONDS = 1_000;
const HOURS = 3_600 * SECONDS;
const DAYS = 24 * HOURS;

const account = ({ username }: Member) => User.findOne({ username }).orFail();
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const getCookie = ({ cookies }: Visitor) => cookies.get("remember") ?? assert.fail("no cookie");

/** Logs a user in with a browser that is then remembered. */
async function remembered(ada?: Member) {
  const person = ada ?? (await member());
  const browser = visitor();
  const answer = await browser.submit("/login", { login: person.username, password: person.password, remember: "on" });
  assert.equal(answer.status, 303, answer.text);
  return { person, browser };
}

/** Returns the browser without its session, as after it was closed or idle for too long. */
function reopened({ cookies }: Visitor): Visitor {
  const browser = visitor();
  for (const [name, value] of cookies) if (name !== "sid") browser.cookies.set(name, value);
  return browser;
}

/** Checks that no copied cookie was detected. */
async function noAlarm(person: Member) {
  assert.equal(await AuditEvent.countDocuments({ user: (await account(person))._id, event: "session.replayed" }), 0);
}

async function listSessions(person: Member) {
  const alive = { "session.passport.user": (await account(person))._id, endedAt: { $exists: false } };
  return Session.collection.find(alive).toArray();
}
const endSessions = async (person: Member) => {
  for (const { _id } of await listSessions(person)) await Session.end(String(_id));
};

describe("a remembered browser", () => {
  test("needs no password to get a new session and a new secret", async () => {
    const { browser } = await remembered();
    const next = reopened(browser);
    const page = await next.get("/dashboard");
    assert.equal(page.status, 200);
    assert.notEqual(getCookie(next), getCookie(browser), "the secret can be used once");
    assert.ok(next.cookies.has("sid"));
    const kept = page.headers.getSetCookie().find((line) => line.startsWith("remember="));
    const maxAge = Number(/Max-Age=(\d+)/.exec(kept ?? "")?.[1]);
    assert.ok(maxAge > 29.9 * 24 * 3600 && maxAge <= 30 * 24 * 3600, String(maxAge));
    assert.match(kept ?? "", /HttpOnly; SameSite=Lax/);
    const sid = page.headers.getSetCookie().find((line) => line.startsWith("sid="));
    assert.doesNotMatch(sid ?? "", /Max-Age|Expires/, "the session cookie is deleted when the browser closes");
  });

  test("can send the form on its first page, but none on an earlier page", async () => {
    const { browser } = await remembered();
    const stale = readToken((await browser.get("/account/profile")).text);
    const next = reopened(browser);
    assert.equal((await next.send("/account/profile", { _csrf: stale, bio: "Stale" })).status, 403);
    const again = reopened(next);
    assert.equal((await again.submit("/account/profile", { bio: "Back" })).status, 303);
  });

  test("does not count as a recent login", async () => {
    const { person, browser } = await remembered();
    await endSessions(person);
    const next = reopened(browser);
    assert.ok(await isIn(next));
    const [found] = await listSessions(person);
    assert.equal(found?.session.authenticatedAt, 0);
    assert.equal(found?.session.device, decodeURIComponent(getCookie(next)).slice("s:remember=".length).split(".")[0]);
  });

  test("is remembered only if the box is ticked, and other values are refused", async () => {
    const person = await member();
    const browser = visitor();
    const { username: login, password } = person;
    assert.equal((await browser.submit("/login", { login, password })).status, 303);
    assert.ok(!browser.cookies.has("remember"));
    for (const remember of ["", "off", "true", "1"]) {
      const answer = await visitor().submit("/login", { login, password, remember });
      assert.equal(answer.status, 422, remember);
    }
    const wrong = visitor();
    const refused = await wrong.submit("/login", { login, password: "not-the-password", remember: "on" });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /name="remember"[^>]* checked/, "the box stays ticked");
    assert.ok(!wrong.cookies.has("remember"));
  });

  test("has a secret that is not in the database", async () => {
    const { browser } = await remembered();
    const secret = decodeURIComponent(getCookie(browser)).split(".")[1] ?? "";
    assert.equal(secret.length, 43);
    assert.ok(!JSON.stringify(await Device.find().lean()).includes(secret));
  });
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());
  const pass = (ms: number) => mock.timers.tick(ms);

  test("a browser is remembered beyond the idle and absolute limits, for 30 days after the login", async () => {
    const { browser } = await remembered();
    for (let day = 1; day < 30; day += 1) {
      pass(1 * DAYS);
      assert.ok(await isIn(browser), `day ${day}`);
    }
    pass(1 * DAYS);
    assert.ok(!(await isIn(browser)));
    assert.ok(!browser.cookies.has("remember"), "an invalid cookie is removed");
  });

  test("two concurrent requests with one secret are accepted, the second up to 30 seconds after the first", async () => {
    const { browser } = await remembered();
    const [one, two] = [reopened(browser), reopened(browser)];
    assert.ok(await isIn(one));
    assert.ok(await isIn(one), "it has received its response");
    pass(29 * SECONDS);
    assert.ok(await isIn(two));
    assert.equal(getCookie(one), getCookie(two), "both have the same secret afterwards");
    pass(1 * HOURS);
    assert.ok(await isIn(two));
  });

  for (const days of [0.001, 1, 20]) {
    test(`a browser whose response was lost returns ${days} days later without an alarm`, async () => {
      const { person, browser } = await remembered();
      assert.ok(await isIn(reopened(browser)), "the response to this request is lost");
      pass(days * DAYS);
      const later = reopened(browser);
      assert.ok((await isIn(later)) && (await isIn(later)));
      pass(1 * DAYS);
      assert.ok(await isIn(reopened(later)));
      await noAlarm(person);
    });
  }

  test("a login whose response was lost keeps the browser's earlier cookie valid, until the browser uses it", async () => {
    const { person, browser } = await remembered();
    const { username: login, password } = person;
    const again = reopened(browser);
    again.cookies.delete("remember");
    assert.equal((await again.submit("/login", { login, password, remember: "on" })).status, 303);
    pass(1 * HOURS);
    const before = reopened(browser);
    assert.ok((await isIn(before)) && (await isIn(before)));
    await noAlarm(person);
    assert.ok(!(await isIn(reopened(again))), "the cookie of the lost response counts as a copy");
  });
});

describe("a copy of the cookie", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  async function stolen(first: "thief" | "owner") {
    const { person, browser } = await remembered();
    const [thief, owner] = [reopened(browser), reopened(browser)];
    const [one, other] = first === "thief" ? [thief, owner] : [owner, thief];
    assert.ok(await isIn(one));
    assert.ok(await isIn(one), "it has received its response");
    mock.timers.tick(31 * SECONDS);
    assert.ok(!(await isIn(other)), "the second one is logged out");
    return { person, one, other };
  }

  for (const first of ["thief", "owner"] as const) {
    test(`used by the ${first} first, ends the remembered login on both sides, and an email is sent`, async () => {
      const { person, one, other } = await stolen(first);
      assert.ok(!(await isIn(one)), "the session of the first one has ended");
      assert.ok(!one.cookies.has("remember") && !other.cookies.has("remember"));
      assert.ok(await isIn(person), "other devices stay logged in");
      const mail = await mailAbout(person.email, /stolen|copy|copied|elsewhere/i);
      assert.ok(linkIn(mail, "/not-me/"));
      const told = await AuditEvent.find({ user: (await account(person))._id, event: "session.replayed" }).lean();
      assert.equal(told.length, 1);
    });
  }

  test("is detected even if the database failed when the next secret was first used", async () => {
    const { browser } = await remembered();
    const [owner, thief] = [reopened(browser), reopened(browser)];
    assert.ok(await isIn(owner));
    const fault = new Fault("not-sent", 1);
    assert.equal((await owner.request("/dashboard", { headers: fault.headers })).status, 503);
    fault.end();
    assert.ok(await isIn(owner));
    mock.timers.tick(31 * SECONDS);
    assert.ok(!(await isIn(thief)));
  });

  test("used many times at once sends one email", async () => {
    const { person, browser } = await remembered();
    const copies = Array.from({ length: 10 }, () => reopened(browser));
    const first = reopened(browser);
    assert.ok((await isIn(first)) && (await isIn(first)));
    mock.timers.tick(31 * SECONDS);
    const answers = await Promise.all(copies.map((copy) => copy.get("/dashboard")));
    assert.ok(answers.every(({ location }) => location === "/login"));
    assert.equal(await AuditEvent.countDocuments({ user: (await account(person))._id, event: "session.replayed" }), 1);
    await mailAbout(person.email, /stolen|copy|copied|elsewhere/i);
    const mails = (await mailsTo(person.email)).filter(({ subject }) => /stolen|copy|copied|elsewhere/i.test(subject));
    assert.equal(mails.length, 1);
  });
});

for (const clicks of [2, 3, 5]) {
  test(`after ${clicks} clicks on "Log in" at once the browser is remembered, whichever response it keeps`, async () => {
    for (let kept = 0; kept < clicks; kept += 1) {
      const { person, browser } = await remembered();
      const { username: login, password } = person;
      const before = reopened(browser);
      before.cookies.delete("remember");
      const _csrf = readToken((await before.get("/login")).text);
      const tabs = Array.from({ length: clicks }, () => reopened(before));
      const send = (tab: Visitor) => tab.send("/login", { login, password, remember: "on", _csrf });
      const answers = await Promise.all(tabs.map(send));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [303]);
      const own = tabs[kept] ?? assert.fail();
      assert.ok((await isIn(own)) && (await isIn(own)));
      const next = reopened(own);
      assert.ok((await isIn(next)) && (await isIn(next)));
      await noAlarm(person);
    }
  });
}

test("20 concurrent requests with one cookie all succeed, with the same next secret", async () => {
  const { person, browser } = await remembered();
  const tabs = Array.from({ length: 20 }, () => reopened(browser));
  const answers = await Promise.all(tabs.map((tab) => tab.get("/dashboard")));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(new Set(tabs.map(getCookie)).size, 1);
  assert.equal(await AuditEvent.countDocuments({ user: (await account(person))._id, event: "session.replayed" }), 0);
  await endSessions(person);
  assert.ok(await isIn(tabs[7] as Visitor), "the next secret is valid");
});

describe("the cookie becomes invalid at once", () => {
  const ways: Record<string, (person: Member, browser: Visitor) => Promise<unknown>> = {
    "after a password change on another device": async (person) =>
      (await account(person)).setPassword("another-Gate-here"),
    "after a password reset": async (person) => (await account(person)).invalidatePassword(),
    "for a disabled user, even after being enabled again": async (person) => {
      await (await account(person)).disable();
      await (await account(person)).enable();
    },
    "when the account is deleted": async (person) => User.deleteOne({ username: person.username }),
    "after a logout": async (_person, browser) => browser.submit("/dashboard", {}, "/logout"),
    "when all other devices are logged out": async (person) => {
      assert.equal((await person.submit("/account/sessions", {}, "/account/sessions/end-others")).status, 303);
    },
  };
  for (const [name, way] of Object.entries(ways)) {
    test(name, async () => {
      const { person, browser } = await remembered();
      const copy = reopened(browser);
      await way(person, browser);
      assert.ok(!(await isIn(copy)));
      assert.ok(!copy.cookies.has("remember"));
      assert.ok(!(await isIn(browser)));
      assert.ok(
        !(await mailsTo(person.email)).some(({ subject }) => /stolen|copy|copied/i.test(subject)),
        "no email reports a copy",
      );
    });
  }
});

test("a browser stays remembered after changing the password, but a copy of its cookie is invalid", async () => {
  const { person, browser } = await remembered();
  const copy = reopened(browser);
  const fields = { currentPassword: person.password, password: "another-Gate-in-the-hedge" };
  assert.equal((await browser.submit("/account/password", fields)).status, 303);
  assert.notEqual(getCookie(browser), getCookie(copy));
  assert.ok(!(await isIn(copy)) && !(await isIn(person)));
  assert.ok(await isIn(browser));
  assert.ok(await isIn(reopened(browser)));
});

test("after a login without the ticked box the browser is no longer remembered", async () => {
  const { person, browser } = await remembered();
  await endSessions(person);
  const without = reopened(browser);
  without.cookies.delete("remember");
  await without.submit("/login", { login: person.username, password: person.password });
  assert.ok(!(await isIn(reopened(browser))));
});

test("forged cookies give no access and end nothing", async () => {
  const { person, browser } = await remembered();
  const good = decodeURIComponent(getCookie(browser));
  const [value = "", signature = ""] = [good.slice(2, good.lastIndexOf(".")), good.slice(good.lastIndexOf(".") + 1)];
  const device = /=([0-9a-f]{24})\./.exec(value)?.[1] ?? "";
  const flash = "s:flash={}";
  for (const forged of [
    "",
    "x",
    "j:{}",
    value,
    `s:${value}`,
    `s:${value}.`,
    `s:${value.slice(0, -1)}.${signature}`,
    `s:remember=${device}.${"A".repeat(43)}.${signature}`,
    `s:remember=${"0".repeat(24)}.${value.split(".")[1]}.${signature}`,
    `${flash}.${signature}`,
  ]) {
    const thief = visitor();
    thief.cookies.set("remember", encodeURIComponent(forged));
    assert.equal((await thief.get("/dashboard")).location, "/login", forged);
    assert.equal((await thief.get("/")).status, 200);
  }
  await endSessions(person);
  assert.ok(await isIn(reopened(browser)), "the real cookie still works");
});

test("requests with a live session do not change the cookie, and visitors get none", async () => {
  const { browser } = await remembered();
  const before = getCookie(browser);
  const answer = await browser.get("/dashboard");
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.equal(getCookie(browser), before);
  assert.deepEqual((await visitor().get("/")).headers.getSetCookie(), []);
});

test("logging out all other devices also wins if a remembered browser comes back at the same moment", async () => {
  const ada = await member();
  for (let round = 0; round < 30; round += 1) {
    const { browser } = await remembered(ada);
    await Session.collection.deleteMany({
      "session.device": /=([0-9a-f]{24})\./.exec(decodeURIComponent(getCookie(browser)))?.[1],
    });
    const tabs = [reopened(browser), reopened(browser)];
    const page = await ada.get("/account/sessions");
    const _csrf = readToken(page.text);
    const end = () => ada.send("/account/sessions/end-others", { _csrf });
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, round / 2));
      return end();
    };
    await Promise.all([...tabs.map((tab) => tab.get("/dashboard")), late()]);
    for (const tab of tabs) assert.ok(!(await isIn(tab)), `round ${round}`);
  }
});
