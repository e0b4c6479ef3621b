import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoginThrottle } from "../../../../src/models/login-throttle.js";
import { mailLockouts } from "../../../../src/services/session/lockout-mail.js";
import { mailAbout } from "../../../support/mailbox.js";
import { codeFor, createCodes, type ProtectedMember, protectedMember } from "../../../support/users/factors.js";
import { from } from "../../../support/users/networks.js";

const STEP = "/login/second-factor";

const enterPassword = async (browser: ReturnType<typeof from>, ada: ProtectedMember) => {
  const page = await browser.post("/login", { login: ada.username, password: ada.password });
  assert.equal(page.location, STEP, page.text);
};
const wrong = (ada: ProtectedMember) => ({ code: codeFor(ada.key, 9) });

test("after five wrong codes, a right one from the same network is refused too, until the wait is over", async () => {
  const ada = await protectedMember();
  const thief = from("192.0.2.61");
  await enterPassword(thief, ada);
  for (let n = 0; n < 5; n += 1) assert.equal((await thief.post(STEP, wrong(ada))).status, 401);
  assert.equal((await thief.post(STEP, { code: await ada.code() })).status, 401);
  const recovery = await thief.post("/login/recovery", { recoveryCode: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" });
  assert.equal(recovery.status, 401, "both kinds of codes share the count");

  const elsewhere = from("198.51.100.61");
  await enterPassword(elsewhere, ada);
  assert.equal((await elsewhere.post(STEP, { code: await ada.code() })).status, 303, "the owner gets in");

  await LoginThrottle.updateMany({ user: ada.id }, { $set: { "places.$[].lockedUntil": new Date() } });
  assert.equal((await thief.post(STEP, { code: await ada.code() })).status, 303);
});

test("the right password does not reset the count of wrong codes", async () => {
  const ada = await protectedMember();
  const thief = from("192.0.2.62");
  for (let n = 0; n < 5; n += 1) {
    await enterPassword(thief, ada);
    assert.equal((await thief.post(STEP, wrong(ada))).status, 401);
  }
  await enterPassword(thief, ada);
  assert.equal((await thief.post(STEP, { code: await ada.code() })).status, 401);
});

test("a recovery code beyond the limit is refused and stays unused", async () => {
  const ada = await protectedMember();
  const [recoveryCode = ""] = await createCodes(ada);
  const thief = from("192.0.2.63");
  await enterPassword(thief, ada);
  for (let n = 0; n < 5; n += 1) await thief.post(STEP, wrong(ada));
  assert.equal((await thief.post("/login/recovery", { recoveryCode })).status, 401);
  const elsewhere = from("198.51.100.63");
  await enterPassword(elsewhere, ada);
  assert.equal((await elsewhere.post("/login/recovery", { recoveryCode })).status, 303);
});

test("the owner gets an email about many wrong codes", async () => {
  const ada = await protectedMember();
  const thief = from("192.0.2.64");
  await enterPassword(thief, ada);
  for (let n = 0; n < 5; n += 1) await thief.post(STEP, wrong(ada));
  await LoginThrottle.updateMany({ user: ada.id, isFactor: true }, { $set: { tellAt: new Date(Date.now() - 1) } });
  await mailLockouts();
  const { text } = await mailAbout(ada.email, /Too many wrong codes/);
  assert.match(text, /Choose a new password/);
});
