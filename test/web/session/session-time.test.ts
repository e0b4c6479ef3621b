import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { User } from "../../../src/models/user.js";
import type { SessionTime } from "../../../src/web/session/session-time.js";
import { until } from "../../support/until.js";
import { actAs, type Member, member, newPerson, post, withRole } from "../../support/users.js";
import { unescaped, type Visitor, visitor } from "../../support/visitor.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const idle = config.sessionIdleMs / SECONDS;

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
afterEach(() => mock.timers.reset());
const pass = (ms: number) => mock.timers.tick(ms);

/** Asks as "Stay logged in" does. */
async function ask(browser: Visitor): Promise<SessionTime> {
  const answer = await browser.get("/session");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return JSON.parse(answer.text);
}

/** Waits until the use of a session just now has extended it: no response waits for that write. */
const isExtended = ({ id }: Member) =>
  until("the session is extended", async () => {
    const own = { "session.passport.user": { $in: [id, new mongoose.Types.ObjectId(id)] } };
    const late = { expires: { $gt: new Date(Date.now() + config.sessionIdleMs - 5 * MINUTES) } };
    return (await mongoose.connection.collection("sessions").countDocuments({ ...own, ...late })) > 0;
  });

/** Returns what a page says about the session. */
const readPage = ({ text }: { text: string }): SessionTime =>
  JSON.parse(unescaped(/<html[^>]* data-session-time="([^"]*)"/.exec(text)?.[1] ?? assert.fail(text.slice(0, 200))));

test("one press shortly before the end extends the session to the full time", async () => {
  const ada = await member();
  pass(config.sessionIdleMs - 10 * SECONDS);
  assert.equal((await ask(ada)).untilIdle, idle);
  await isExtended(ada);
  pass(config.sessionIdleMs - 1 * SECONDS);
  assert.equal((await ask(ada)).untilIdle, idle);
  await isExtended(ada);
  pass(config.sessionIdleMs);
  assert.equal(await ask(ada), null);
});

test("the session lasts exactly as long as its pages say, even if a request was too early to extend it", async () => {
  for (const minutes of [0, 1, 2, 3, 4, 29]) {
    const ada = await member();
    pass(minutes * MINUTES);
    const { untilIdle } = readPage(await ada.get("/dashboard"));
    await isExtended(ada);
    pass(untilIdle * SECONDS - 1);
    const copy = visitor();
    for (const [name, value] of ada.cookies) copy.cookies.set(name, value);
    assert.notEqual(await ask(copy), null, `after ${minutes} minutes`);
  }
  for (const minutes of [0, 1, 2, 3, 4, 29]) {
    const ada = await member();
    pass(minutes * MINUTES);
    const { untilIdle } = readPage(await ada.get("/dashboard"));
    pass((untilIdle + 1) * SECONDS);
    assert.equal(await ask(ada), null, `after ${minutes} minutes`);
  }
});

test("the absolute limit is counted from the login, and asking does not extend it", async () => {
  const ada = await member();
  const absolute = config.sessionAbsoluteMs / SECONDS;
  for (let passed = 0; passed < 4; passed += 1) {
    assert.deepEqual((await ask(ada)).untilEnd, absolute - passed * 20 * 60);
    await isExtended(ada);
    pass(20 * MINUTES);
  }
});

test("the pages of an impersonation say when it ends", async () => {
  const admin = await withRole("admin");
  const ada = await member();
  assert.equal((await ask(admin)).kind, "own");
  await actAs(admin, ada);
  pass(10 * MINUTES);
  const { kind, untilEnd, absolute } = await ask(admin);
  assert.deepEqual([kind, untilEnd, absolute], ["acting", 20 * 60, 30 * 60]);
  assert.match(unescaped((await admin.get("/posts")).text), new RegExp(`You're no longer acting as ${ada.username}`));
});

test("pages of logged-in users warn before the end, and say without JavaScript how long a session lasts", async () => {
  const ada = await member();
  const address = await post(ada);
  for (const path of ["/dashboard", "/posts/new", address, "/nothing-here"]) {
    const page = await ada.get(path);
    assert.match(page.text, /<dialog class="session-warning" role="alertdialog"/, path);
    assert.match(
      page.text,
      /You're logged out after 30 minutes without activity, and 12 hours after you log in\./,
      path,
    );
  }
  const refused = await ada.submit("/posts/new", { title: "", body: "" }, "/posts");
  assert.match(refused.text, /<a href="\/login\?return_to=%2Fposts%2Fnew">Log in<\/a>/);
  for (const path of ["/", "/posts", address, "/login"])
    assert.doesNotMatch(
      (await visitor().get(path)).text,
      /data-session|session-warning"|You're logged out after/,
      path,
    );
});

test("a remembered browser gets no warning, because its next request starts a new session", async () => {
  const { username, password } = await member();
  const browser = visitor();
  await browser.submit("/login", { login: username, password, remember: "on" });
  const { text } = await browser.get("/dashboard");
  assert.doesNotMatch(text, /session-warning|You're logged out after/);
  assert.match(text, /data-session-time=/, "typing extends the session there too");
});

test("a user who must choose a password first can stay logged in", async () => {
  const ada = await member();
  await User.updateOne({ username: ada.username }, { passwordChangeRequiredAt: new Date() });
  assert.equal((await ada.get("/dashboard")).location, "/account/password");
  assert.equal((await ask(ada)).kind, "own");
});

test("the page of a mailed link does not put its secret into another address", async () => {
  const ada = await member(newPerson());
  const page = await ada.get("/password-reset/not-a-real-secret-but-shaped-like-one-0123456789");
  assert.doesNotMatch(page.text, /return_to=[^"]*secret/);
});
