import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { member } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const told = {
  firstName: "Ada",
  lastName: "Ní Bhriain",
  phone: "+49 30 1234567",
  address: "Gate 7",
  city: "Berlin",
  state: "BE",
  postalCode: "10115",
  country: "DE",
  timeZone: "Europe/Berlin",
};
const stored = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).toObject();
const telling = (username: string) => visitor().get(`/users/${username}`);

test("profile fields are hidden from others until the user chooses to show them", async () => {
  const ada = await member();
  assert.equal((await ada.submit("/account/profile", told)).status, 303);
  const { profile, bio } = await stored(ada);
  assert.deepEqual({ ...profile }, { ...told, phone: "+49301234567" });
  assert.equal(bio, "", "a field that was not sent is unchanged");
  const page = await telling(ada.username);
  for (const value of [...Object.values(told), "+49301234567", "Germany"].filter((one) => one.length > 2)) {
    assert.ok(!page.text.includes(value), value);
  }
  assert.match((await ada.get("/account/profile")).text, /value="\+49 30 1234567"/);
});

test("each checkbox shows its own group of fields, and a form without the checkboxes changes none", async () => {
  const ada = await member();
  await ada.submit("/account/profile", told);
  const shows: [string, RegExp][] = [
    ["name", /Ada Ní Bhriain/],
    ["phone", /href="tel:\+49301234567">\+49 30 1234567/],
    ["address", /Gate 7, 10115/],
    ["place", /Berlin, BE, Germany/],
    ["timeZone", /Local time \d\d:\d\d \(Europe\/Berlin\)/],
  ];
  for (const [group, what] of shows) {
    await ada.submit("/account/profile", { shown: group });
    const { text } = await telling(ada.username);
    for (const [other, its] of shows) assert.equal(its.test(text), its === what, `${other} when ${group} is shown`);
  }
  await ada.submit("/account/profile", { bio: "Only this." });
  assert.match((await telling(ada.username)).text, /Local time \d\d:\d\d/);
  await ada.submit("/account/profile", { shown: "none" });
  assert.doesNotMatch((await telling(ada.username)).text, /Local time \d\d:\d\d/);
  assert.equal((await ada.submit("/account/profile", { shown: "email" })).status, 422);
});

test("an empty profile field is removed, and HTML in a field is shown as text", async () => {
  const ada = await member();
  await ada.submit("/account/profile", told);
  await ada.submit("/account/profile", { city: "$$ROOT", firstName: "$username", lastName: "", shown: "place" });
  const { profile } = await stored(ada);
  assert.deepEqual([profile?.city, profile?.firstName, profile?.lastName], ["$$ROOT", "$username", undefined]);
  await ada.submit("/account/profile", { city: "<b>Town</b>" });
  assert.match((await telling(ada.username)).text, /&lt;b&gt;Town&lt;\/b&gt;/);
});

test("a local phone number needs a country, from the form or the profile", async () => {
  const ada = await member();
  assert.match((await ada.submit("/account/profile", { phone: "030 1234567" })).text, /id="phone-error"/);
  assert.equal((await ada.submit("/account/profile", { phone: "030 1234567", country: "DE" })).status, 303);
  assert.equal((await ada.submit("/account/profile", { phone: "030 7654321" })).status, 303);
  assert.equal((await stored(ada)).profile?.phone, "+49307654321");
});

test("an invalid value gives an error at its field, and nothing is saved", async () => {
  const ada = await member();
  const refused: [string, string][] = [
    ["firstName", "x".repeat(61)],
    ["lastName", "a\u001bb"],
    ["city", "a\nb"],
    ["address", "x".repeat(201)],
    ["phone", "call me"],
    ["phone", "+49 30 1234567 ext. 5"],
    ["postalCode", "<1>"],
    ["postalCode", "1".repeat(17)],
    ["country", "ZZ"],
    ["country", "Germany"],
    ["timeZone", "Mars/Olympus"],
    ["timeZone", "+02:00"],
  ];
  for (const [field, value] of refused) {
    const page = await ada.submit("/account/profile", { city: "Elsewhere", [field]: value });
    assert.equal(page.status, 422, `${field}: ${value}`);
    assert.match(page.text, new RegExp(`id="${field}-error"`), `${field}: ${value}`);
  }
  assert.equal((await stored(ada)).profile?.city, undefined);
  for (const firstName of ["李", "محمد", "Ægir", "O’Neil"]) {
    assert.equal((await ada.submit("/account/profile", { firstName })).status, 303, firstName);
  }
});
