import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mailsTo } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";
import { anotherNetwork, from } from "../../../support/users/networks.js";
import { findAccount, fresh, resetLinkFor } from "../../../support/users/passwords.js";
import { newPerson } from "../../../support/users.js";

const somebody = () => from(anotherNetwork());
const page = "/account/password";

test("a password reset ends every lockout of the account", async () => {
  const ada = await account();
  const there = somebody();
  for (let n = 0; n < 6; n += 1) await there.logIn(ada.username);
  assert.equal((await there.logIn(ada.username, ada.password)).status, 401, "locked");
  const link = await resetLinkFor(ada.email);
  assert.equal((await there.post(link, { password: fresh })).status, 303);
  assert.equal((await there.logIn(ada.username, fresh)).status, 303);
});

test("in an open session, even the correct password fails after ten wrong ones", async () => {
  const ada = await account();
  const thief = somebody();
  await thief.logIn(ada.username, ada.password);
  for (let n = 0; n < 10; n += 1) {
    const answer = await thief.post(page, { currentPassword: `guess number ${n}`, password: fresh });
    assert.equal(answer.status, 422);
  }
  const answer = await thief.post(page, { currentPassword: ada.password, password: fresh });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /Incorrect password/);
  assert.equal((await findAccount(ada)).sessionEpoch, 0);
  assert.equal((await somebody().logIn(ada.username, ada.password)).status, 303, "the owner can log in elsewhere");
});

test("an invalid new password does not count as a password attempt", async () => {
  const ada = await account();
  const browser = somebody();
  await browser.logIn(ada.username, ada.password);
  for (let n = 0; n < 12; n += 1)
    assert.equal((await browser.post(page, { currentPassword: "anything", password: "short" })).status, 422);
  assert.equal((await browser.post(page, { currentPassword: ada.password, password: fresh })).status, 303);
});

test("a network can request ten reset emails an hour, and an address, known or not, gets at most five", async () => {
  const ada = await account();
  for (const email of [ada.email, newPerson().email]) {
    const there = somebody();
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await there.post("/password-reset", { email })).status);
    assert.deepEqual(statuses, [...Array(10).fill(303), 429]);
    for (let n = 0; n < 2_000 && (await mailsTo(email)).length < 5; n += 1)
      await new Promise((go) => setTimeout(go, 5));
    assert.equal((await mailsTo(email)).length, 5);
  }
});

test("reset requests by strangers do not make the owner's link invalid", async () => {
  const ada = await account();
  for (let n = 0; n < 4; n += 1) await resetLinkFor(ada.email);
  const link = await resetLinkFor(ada.email);
  const stranger = somebody();
  for (let n = 0; n < 5; n += 1) await stranger.post("/password-reset", { email: ada.email });
  assert.equal((await stranger.post(link, { password: fresh })).status, 303);
});
