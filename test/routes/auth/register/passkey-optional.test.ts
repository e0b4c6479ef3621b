import "../../../support/settings/email-confirmation-optional.js";
import "../../../support/settings/second-factor-everyone.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { linkFor } from "../../../support/mail/links.js";
import { authenticator, sendSignUp, signedUpWithPasskey, usePasskey } from "../../../support/users/passkeys.js";
import { newPerson } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

// Users may log in before they confirm their email, and everyone must have a second factor.

const CODES = "/account/factors/recovery-codes";

test("registering with a passkey logs in at once with all factors, and offers recovery codes", async () => {
  const [browser, passkey] = [visitor(), authenticator()];
  const ada = newPerson();
  const page = await sendSignUp(browser, ada, { passkey });
  assert.deepEqual([page.status, page.location], [303, CODES], page.text);
  assert.match((await browser.get(CODES)).text, new RegExp(`Welcome, ${ada.username}`));
  assert.equal((await browser.get("/dashboard")).status, 200, "no other factor is needed");
  await browser.submit("/dashboard", {}, "/logout");
  assert.equal((await usePasskey(browser, passkey)).location, "/dashboard");
});

test("the owner of an address that a stranger used with a passkey gets the account without that passkey", async () => {
  const eve = await signedUpWithPasskey();
  const link = await linkFor(eve, "email-confirmation");
  const owner = visitor();
  assert.match((await owner.get(link)).text, /everyone who used this account is logged out/);
  assert.equal((await owner.submit(link, { newPassword: "a-Bell-in-the-tower" })).status, 303);
  assert.equal((await eve.get("/dashboard")).status, 303);
  assert.equal((await usePasskey(visitor(), eve.passkey)).status, 401);
  const user = await User.findOne({ username: eve.username }).orFail();
  assert.deepEqual([user.passkeys.length, user.recoveryCodesMadeAt], [0, null]);
});
