import "../../../support/settings/email-confirmation-optional.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { User } from "../../../../src/models/user.js";
import { press } from "../../../support/mail/links.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { protectedMember } from "../../../support/users/factors.js";
import { newPerson, post, signedUp } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const linkTo = async (email: string, username: string) =>
  linkIn(await mailAbout(email, /Confirm/, username), "/email-confirmation/");

test("registering logs the user in, and a banner asks them to confirm the email until they do", async () => {
  const ada = await signedUp();
  const dashboard = await ada.get("/dashboard");
  assert.equal(dashboard.status, 200);
  assert.match(dashboard.text, /Please confirm your email address/);
  assert.doesNotMatch((await ada.get("/email-confirmation")).text, /Please confirm your email address/);
  assert.equal((await press(await linkTo(ada.email, ada.username), ada)).status, 303);
  assert.doesNotMatch((await ada.get("/dashboard")).text, /Please confirm your email address/);
});

test("a user whose email is unconfirmed corrects it on the confirmation page, not on the account page", async () => {
  const ada = await signedUp();
  const { email } = newPerson();
  assert.equal((await ada.get("/account/email")).location, "/email-confirmation");
  const answer = await ada.submit("/email-confirmation", { email, currentPassword: "x" }, "/account/email");
  assert.equal(answer.status, 401);
  assert.match(answer.text, /Confirm your email address first/);
  assert.match(answer.text, /<a href="\/email-confirmation">/);
  assert.equal((await User.findOne({ username: ada.username }).orFail()).email, ada.email);
  const fields = { email, currentPassword: ada.password };
  assert.equal((await ada.submit("/email-confirmation", fields)).status, 303);
  assert.equal((await press(await linkTo(email, ada.username), ada)).status, 303);
});

test("an account in use stays if another account confirms its email, but its confirmation link becomes invalid", async () => {
  const eve = await signedUp();
  const url = await post(eve, { title: "Written by the owner of this address, honestly" });
  assert.equal((await visitor().get(url)).status, 200);
  const theirs = await linkTo(eve.email, eve.username);
  const ada = await signedUp({ ...newPerson(), email: eve.email });
  assert.equal((await press(await linkTo(eve.email, ada.username), ada)).status, 303);
  assert.equal((await eve.get("/dashboard")).status, 200);
  assert.equal((await visitor().get(url)).status, 200);
  assert.equal((await visitor().get(theirs)).status, 404);
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("with a second factor, the password and an open session are not enough to correct the email", async () => {
  const ada = await protectedMember();
  const { _id, email } = await User.findOneAndUpdate({ username: ada.username }, { emailConfirmedAt: null }).orFail();
  const sessions = mongoose.connection.collection("sessions");
  await sessions.updateMany({ "session.passport.user": _id }, { $set: { "session.factorAt": 1 } });
  const fields = { email: newPerson().email, currentPassword: ada.password };
  const answer = await ada.submit("/email-confirmation", fields);
  assert.equal(answer.status, 401);
  assert.match(answer.text, /\/reauthenticate/);
  assert.equal((await User.findById(_id).orFail()).email, email);
  await sessions.updateMany({ "session.passport.user": _id }, { $set: { "session.factorAt": Date.now() } });
  assert.equal((await ada.submit("/email-confirmation", fields)).status, 303);
  assert.equal((await User.findById(_id).orFail()).email, fields.email);
});

test("confirming the email in an open session is not a new proof of identity", async () => {
  for (const [age, isAsked] of [
    [3_600_000, true],
    [0, false],
  ] as const) {
    const ada = await signedUp();
    const { _id } = await User.findOne({ username: ada.username }).orFail();
    const sessions = mongoose.connection.collection("sessions");
    const $set = { "session.authenticatedAt": Date.now() - age };
    await sessions.updateMany({ "session.passport.user": _id }, { $set });
    assert.equal((await press(await linkTo(ada.email, ada.username), ada)).status, 303);
    const { status, location } = await ada.get("/account/factors/authenticator");
    assert.deepEqual([status, location?.startsWith("/reauthenticate?") ?? false], [isAsked ? 303 : 200, isAsked]);
  }
});
