import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { PendingLogin } from "../../../../src/models/pending-login.js";
import { User } from "../../../../src/models/user.js";
import { allJobsDone } from "../../../support/jobs/waiting.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import {
  askForLink,
  enterPassword,
  finishRecovery,
  LOST,
  letDaysPass,
  readRecovery,
  startRecovery,
} from "../../../support/users/factor-recovery.js";
import { addApp, createCodes, protectedMember } from "../../../support/users/factors.js";
import { member } from "../../../support/users.js";
import { type Visitor, visitor } from "../../../support/visitor.js";

const isLoggedIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const eventsOf = async ({ id }: { id: string }) =>
  (
    await AuditEvent.find({ user: id, event: /^factor-recovery/ })
      .sort({ _id: 1 })
      .lean()
  ).map(({ event }) => event);
const countMails = async (email: string, subject: RegExp) =>
  (await mailsTo(email)).filter((one) => subject.test(one.subject)).length;

describe("a user who has lost the second factor", () => {
  test("waits three days, and then logs in with the password alone", async () => {
    const ada = await protectedMember();
    await createCodes(ada);
    const first = await enterPassword(ada);
    assert.match((await first.get("/login/second-factor")).text, /href="\/login\/lost-factor">I(&#39;|')ve lost/);
    assert.match((await first.get(LOST)).text, /Wait 3 days/);
    await startRecovery(ada);
    const recovery = await readRecovery(ada);
    assert.ok(Math.abs(Number(recovery?.dueAt) - Number(recovery?.askedAt) - 3 * 86_400_000) < 5_000);

    await letDaysPass(ada, 2.9);
    const early = await enterPassword(ada);
    assert.match((await early.get(LOST)).text, /The waiting period has begun/);
    const refused = await finishRecovery(early);
    assert.equal(refused.location, LOST);
    assert.equal(await isLoggedIn(early), false);

    await letDaysPass(ada, 0.2);
    const later = await enterPassword(ada);
    assert.match(
      (await later.get("/login/second-factor")).text,
      /The waiting period is over: log in and remove my second factors/,
    );
    const done = await finishRecovery(later);
    assert.deepEqual([done.status, done.location], [303, "/account/factors"]);
    const page = await later.get("/account/factors");
    assert.match(page.text, /Set up a new second factor now/);
    assert.ok(await isLoggedIn(later));
    assert.equal(await isLoggedIn(ada), false, "all other devices are logged out");

    const user = await User.findById(ada.id).select("+recoveryCodes").orFail();
    assert.equal(user.authenticator, null);
    assert.equal(user.recoveryCodesMadeAt, null);
    assert.equal(user.recoveryCodes?.length ?? 0, 0);
    assert.equal(user.factorRecovery, null);
    await mailAbout(ada.email, /second factors were removed/);
    assert.deepEqual(
      await eventsOf(ada),
      ["asked", "started", "finished"].map((name) => `factor-recovery.${name}`),
    );
    await addApp({ ...ada, ...later });
  });

  test("is sent to an administrator without a confirmed address", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    await User.updateOne({ _id: ada.id }, { emailConfirmedAt: null });
    assert.match((await browser.get(LOST)).text, /An administrator of this site must help/);
    const page = await browser.submit("/login/second-factor", {}, LOST);
    assert.deepEqual([page.status, page.location], [303, LOST], "the same answer");
    await allJobsDone();
    assert.equal(await countMails(ada.email, /lost your second factor/), 0);
  });

  test("has seven days to finish, and can then start again", async () => {
    const ada = await protectedMember();
    const link = await startRecovery(ada);
    await letDaysPass(ada, 10.1);
    const browser = await enterPassword(ada);
    assert.match((await browser.get(LOST)).text, /Email me the link/);
    assert.equal((await finishRecovery(browser)).location, LOST);
    assert.equal(await isLoggedIn(browser), false);
    assert.doesNotMatch((await ada.get("/dashboard")).text, /remove your second factors/);
    assert.match((await visitor().get(link)).text, /already been used/);
    const again = await askForLink(ada, browser);
    assert.notEqual(again, link);
    await visitor().submit(again, {});
    assert.ok(Number((await readRecovery(ada))?.dueAt) > Date.now());
  });

  test("finishes once, however often the button is pressed", async () => {
    const ada = await protectedMember();
    await startRecovery(ada);
    await letDaysPass(ada, 3);
    const browsers = await Promise.all([enterPassword(ada), enterPassword(ada)]);
    const pages = await Promise.all(Array.from({ length: 6 }, (_, n) => finishRecovery(browsers[n % 2] as Visitor)));
    assert.equal(pages.filter(({ location }) => location === "/account/factors").length, 1);
    assert.equal((await User.findById(ada.id).orFail()).sessionEpoch, 2); // one for the app, one for its removal
    await allJobsDone();
    assert.equal(await countMails(ada.email, /second factors were removed/), 1);
  });
});

describe("the owner", () => {
  const banner = /Someone who knows your password started to remove your second factors/;
  const stays = async (ada: Awaited<ReturnType<typeof protectedMember>>, link: string) => {
    assert.equal(await readRecovery(ada), null);
    assert.doesNotMatch((await ada.get("/posts")).text, banner);
    await mailAbout(ada.email, /second factors were not removed/);
    const again = await visitor().get(link);
    assert.equal(again.status, 404, "the link cannot start another one");
    const attacker = await enterPassword(ada);
    assert.equal((await finishRecovery(attacker)).location, LOST);
    assert.equal(await isLoggedIn(attacker), false);
    assert.ok((await eventsOf(ada)).includes("factor-recovery.cancelled"));
  };

  test("sees a banner on every page of every device, and cancels with one press", async () => {
    const ada = await protectedMember();
    const link = await startRecovery(ada);
    for (const path of ["/", "/posts", "/dashboard", "/account/profile", "/account/password", `/users/${ada.username}`])
      assert.match((await ada.get(path)).text, banner, path);
    const page = await ada.submit("/posts", {}, "/account/factor-recovery/cancel");
    assert.deepEqual([page.status, page.location], [303, "/account/password"]);
    await stays(ada, link);
    assert.equal((await ada.submit("/posts", {}, "/account/factor-recovery/cancel")).status, 303);
    await allJobsDone();
    assert.equal(await countMails(ada.email, /second factors were not removed/), 1);
  });

  test("cancels with the link in the email, even after the waiting period", async () => {
    const ada = await protectedMember();
    const link = await startRecovery(ada);
    const cancel = linkIn(await mailAbout(ada.email, /about to be removed/), "/factor-recovery-cancel/");
    await letDaysPass(ada, 4);
    const browser = visitor();
    assert.match((await browser.get(cancel)).text, /Keep your second factors/);
    assert.ok(await readRecovery(ada), "opening the link changes nothing");
    assert.deepEqual([(await browser.submit(cancel, {})).status], [303]);
    await stays(ada, link);
    assert.match((await browser.get(cancel)).text, /Your second factors were not removed/);
  });

  test("cancels by logging in with the factor or a recovery code", async () => {
    for (const how of ["app", "code"]) {
      const ada = await protectedMember();
      const [recoveryCode = ""] = await createCodes(ada);
      const link = await startRecovery(ada);
      const browser = await enterPassword(ada);
      const done =
        how === "app"
          ? await browser.submit("/login/second-factor", { code: await ada.code() })
          : await browser.submit("/login/second-factor", { recoveryCode }, "/login/recovery");
      assert.equal(done.location, "/dashboard", how);
      await stays(ada, link);
      assert.match((await mailAbout(ada.email, /second factors were not removed/)).text, /someone used one\s+of them/);
    }
  });

  test("cancels with one write; a login without a recovery writes nothing about it", async (t) => {
    const ada = await protectedMember();
    const cancelling = t.mock.method(User.prototype, "cancelFactorRecovery");
    const logIn = async () => {
      const browser = await enterPassword(ada);
      assert.equal((await browser.submit("/login/second-factor", { code: await ada.code() })).location, "/dashboard");
      return cancelling.mock.callCount();
    };
    assert.equal(await logIn(), 0);
    await startRecovery(ada);
    assert.equal(await logIn(), 1);
  });

  test("ends it with a new password, and also without logging in", async () => {
    const ada = await protectedMember();
    await startRecovery(ada);
    const attacker = await enterPassword(ada);
    const password = "another fine password";
    await ada.submit("/account/password", { currentPassword: ada.password, password });
    assert.doesNotMatch((await ada.get("/posts")).text, banner);
    await letDaysPass(ada, 4);
    assert.equal((await finishRecovery(attacker)).location, "/login", "a login that waits ends with the password");
    const browser = await enterPassword({ ...ada, password });
    assert.match((await browser.get(LOST)).text, /Email me the link/);
    assert.equal((await finishRecovery(browser)).location, LOST);
  });
});

describe("an attacker", () => {
  test("without the password gets nowhere", async () => {
    const ada = await protectedMember();
    const browser = visitor();
    for (const path of [LOST, `${LOST}/finish`]) {
      const page = await browser.submit("/login", {}, path);
      assert.deepEqual([page.status, page.location], [303, "/login"]);
    }
    assert.equal((await browser.get(LOST)).location, "/login");
    await startRecovery(ada);
    await letDaysPass(ada, 4);
    assert.equal((await browser.submit("/login", {}, `${LOST}/finish`)).location, "/login");
  });

  test("who only passed the step with a mailed link or a remembered browser needs the password", async () => {
    const ada = await protectedMember();
    await startRecovery(ada);
    await letDaysPass(ada, 4);
    const browser = await enterPassword(ada);
    await PendingLogin.updateMany({ user: ada.id }, { byPassword: false });
    assert.equal((await browser.get(LOST)).location, "/login");
    assert.equal((await browser.submit("/login/second-factor", {}, `${LOST}/finish`)).location, "/login");
    assert.equal((await browser.submit("/login/second-factor", {}, LOST)).location, "/login");
    assert.ok((await User.findById(ada.id).orFail()).authenticator);
  });

  test("with the password alone starts nothing", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    const texts = new Set<string>();
    for (let n = 0; n < 3; n += 1) {
      const page = await browser.submit(LOST, {});
      assert.deepEqual([page.status, page.location], [303, LOST]);
      texts.add((await browser.get(LOST)).text.replace(/value="[^"]*"/g, ""));
    }
    assert.equal(texts.size, 1, "every answer is the same");
    await allJobsDone();
    assert.equal(await readRecovery(ada), null);
    assert.equal((await finishRecovery(browser)).location, LOST);
    assert.equal(await isLoggedIn(browser), false);
  });

  test("who uses a link twice, or two at once, starts one recovery that keeps its time", async () => {
    const ada = await protectedMember();
    const link = await askForLink(ada);
    const browsers = Array.from({ length: 5 }, () => visitor());
    const pages = await Promise.all(browsers.map((browser) => browser.submit(link, {})));
    assert.deepEqual([...new Set(pages.map(({ status }) => status))], [303]);
    const { dueAt } = (await readRecovery(ada)) ?? assert.fail();
    assert.match((await visitor().get(link)).text, /The waiting period has begun/);
    const other = await enterPassword(ada);
    await other.submit("/login/second-factor", {}, LOST);
    await allJobsDone();
    assert.equal(await countMails(ada.email, /lost your second factor/), 1, "no further link");
    assert.equal(await countMails(ada.email, /about to be removed/), 1);
    assert.deepEqual((await readRecovery(ada))?.dueAt, dueAt);
  });

  test("cannot use a link that was sent before the owner changed the password", async () => {
    const ada = await protectedMember();
    const link = await askForLink(ada);
    await ada.submit("/account/password", { currentPassword: ada.password, password: "another fine password" });
    assert.equal((await visitor().get(link)).status, 404);
    const { dueAt = null } = (await readRecovery(ada)) ?? {};
    assert.equal(dueAt, null);
  });
});

test("an account without a second factor has no such page", async () => {
  const ada = await member();
  assert.equal((await ada.get(LOST)).location, "/dashboard");
});
