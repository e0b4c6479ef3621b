import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { member, newPerson } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

test("a user who registers and confirms through the link in the email is logged in", async () => {
  const ada = newPerson();
  const browser = visitor();
  const answer = await browser.submit("/register", ada);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/email-confirmation");
  const { text } = await browser.get("/email-confirmation");
  assert.match(text, new RegExp(`link we've emailed to <strong class="address">${ada.email}<`));
  assert.match(text, /<a href="\/dev\/mailbox">/, "the page links to the mailbox if there is no mail server");
  assert.equal((await browser.get("/dashboard")).location, "/login", "the user is not logged in yet");

  const link = linkIn(await mailAbout(ada.email, /Confirm/), "/email-confirmation/");
  const confirmed = await browser.submit(link, {});
  assert.equal(confirmed.status, 303);
  assert.equal(confirmed.location, "/dashboard");
  const dashboard = await browser.get("/dashboard");
  assert.equal(dashboard.status, 200);
  assert.match(dashboard.text, new RegExp(`Welcome, ${ada.username}`));
  assert.doesNotMatch((await browser.get("/dashboard")).text, /Welcome, /, "the flash is shown only once");
});

test("a registration form with errors keeps the input, except the password", async () => {
  const page = await visitor().submit("/register", { ...newPerson(), email: "no<at>", password: "short" });
  assert.equal(page.status, 422);
  assert.match(page.text, /value="no&lt;at&gt;"/);
  assert.doesNotMatch(page.text, /value="short"/);
  assert.match(page.text, /aria-invalid="true"/);
  assert.match(page.text, /href="#email"/, "the summary links to the field");
});

test("a form with several errors shows them all at once", async () => {
  const page = await visitor().submit("/register", { username: "", email: "", password: "" });
  for (const field of ["username", "email", "password"]) assert.match(page.text, new RegExp(`id="${field}-error"`));
});

test("a taken username, in upper or lower case, shows an error at its field", async () => {
  const { username } = await member();
  const page = await visitor().submit("/register", { ...newPerson(), username: username.toUpperCase() });
  assert.equal(page.status, 422);
  assert.match(page.text, /This username is taken/);
});

test("registering a taken email looks successful, and only its owner is notified, by email", async () => {
  const { email, username } = await member();
  const other = { ...newPerson(), email: ` ${email.toUpperCase()} ` };
  const browser = visitor();
  const answer = await browser.submit("/register", other);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/email-confirmation");
  const mail = await mailAbout(email, /already/);
  assert.match(mail.text, new RegExp(username));
  assert.equal(await User.countDocuments({ email }), 2, "the owner's account stays, and the other one is unconfirmed");
});

test("of twenty users who register the same username at once, one gets it", async () => {
  const { username } = newPerson();
  const tries = Array.from({ length: 20 }, () => visitor().submit("/register", { ...newPerson(), username }));
  const statuses = (await Promise.all(tries)).map((answer) => answer.status);
  assert.equal(statuses.filter((status) => status === 303).length, 1);
  assert.equal(statuses.filter((status) => status === 422).length, 19);
  assert.equal(await User.countDocuments({ username }), 1);
});

test("a registration form with unknown fields creates no account", async () => {
  const answer = await visitor().submit("/register", {
    ...newPerson(),
    disabledAt: "",
    role: "admin",
    sessionEpoch: "9",
  });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /unexpected field/);
});

test("a logged-in user who opens the registration form is sent to the dashboard", async () => {
  const ada = await member();
  assert.equal((await ada.get("/register")).location, "/dashboard");
});

test("registering again in the same browser corrects the email, keeps the username, and makes the old link invalid", async () => {
  const mistyped = newPerson();
  const ada = { ...mistyped, email: newPerson().email };
  const browser = visitor();
  await browser.submit("/register", mistyped);
  const wrong = linkIn(await mailAbout(mistyped.email, /Confirm/), "/email-confirmation/");
  const refused = await browser.submit("/register", { ...ada, password: "another-Gate-in-the-wall" });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /To change the address, enter the password you chose/);
  assert.equal((await browser.submit("/register", ada)).location, "/email-confirmation");
  assert.match((await browser.get("/email-confirmation")).text, new RegExp(`class="address">${ada.email}<`));
  assert.equal((await visitor().get(wrong)).status, 404);
  const link = linkIn(await mailAbout(ada.email, /Confirm/), "/email-confirmation/");
  assert.equal((await browser.submit(link, {})).location, "/dashboard");
  assert.equal((await User.findOne({ email: ada.email }).orFail()).username, ada.username);
});

test("another browser cannot take the username of a pending registration, even with its password", async () => {
  const ada = newPerson();
  await visitor().submit("/register", ada);
  const email = newPerson().email;
  const other = visitor();
  await other.submit("/register", newPerson());
  for (const browser of [visitor(), other]) {
    const page = await browser.submit("/register", { ...ada, email });
    assert.equal(page.status, 422);
    assert.match(page.text, /This username is taken/);
  }
  assert.equal((await User.findOne({ username: ada.username }).orFail()).email, ada.email);
});

test("opening the used link of an older registration keeps the newer one in this browser", async () => {
  const [first, browser] = [newPerson(), visitor()];
  await browser.submit("/register", first);
  const link = linkIn(await mailAbout(first.email, /Confirm/), "/email-confirmation/");
  assert.equal((await browser.submit(link, {})).status, 303);
  await browser.submit("/dashboard", {}, "/logout");
  const second = newPerson();
  assert.equal((await browser.submit("/register", second)).location, "/email-confirmation");
  assert.equal((await browser.submit("/email-confirmation", { email: second.email }, link)).location, "/login");
  assert.match((await browser.get("/email-confirmation")).text, new RegExp(second.email));
});
