import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { getFieldDefinition, profileFieldNames, profileGroups } from "../../src/definitions/profile-fields.js";
import { User } from "../../src/models/user.js";
import { streamAccountJson } from "../../src/services/account/export/export-content.js";
import { loggedIn } from "../support/api.js";
import { member, withRole } from "../support/users.js";
import { unescaped, visitor } from "../support/visitor.js";

// Tests every field of the table, wherever it is read or written. `add-an-entry.test.ts` runs this with an added field.

/** For each kind of field: a typed value, its stored form, and how pages show it. */
const samples = {
  line: { typed: " Long Meadow ", stored: "Long Meadow", shown: "Long Meadow" },
  phone: { typed: "+49 30 1234567", stored: "+49301234567", shown: "+49 30 1234567" },
  postalCode: { typed: "SW1A 1AA", stored: "SW1A 1AA", shown: "SW1A 1AA" },
  country: { typed: "pt", stored: "PT", shown: "Portugal" },
  timeZone: { typed: "America/New_York", stored: "America/New_York", shown: "America/New York" },
  date: { typed: "2026-03-31", stored: "2026-03-31", shown: "2026-03-31" },
};
const getText = (html: string) => unescaped(html.replace(/<[^>]*>/g, ""));

for (const field of profileFieldNames) {
  const { label, kind, group, isForAdmins } = getFieldDefinition(field);
  const sample = samples[kind];

  test(`${field}: entered in the form, stored, and cleared`, async () => {
    const ada = await member();
    const page = (await ada.get("/account/profile")).text;
    const shape = `for="${field}">${label} <span class="field-optional">[\\s\\S]*<(input|select)[^>]* name="${field}"`;
    assert.match(page, new RegExp(shape));
    assert.ok(page.includes(profileGroups[group].show));
    assert.equal((await ada.submit("/account/profile", { [field]: sample.typed })).status, 303);
    assert.equal((await User.findOne({ username: ada.username }).orFail()).profile?.[field], sample.stored);
    const again = (await ada.get("/account/profile")).text;
    assert.match(again, kind === "phone" ? /value="\+49 30 1234567"/ : new RegExp(`value="${sample.stored}"`));
    assert.equal((await ada.submit("/account/profile", { [field]: "" })).status, 303);
    assert.equal((await User.findOne({ username: ada.username }).orFail()).profile?.[field], undefined);
  });

  test(`${field}: readable and writable through the API, and part of the data export`, async () => {
    const ada = await member();
    const program = await loggedIn(ada);
    assert.equal((await program.patch("/users/me", { [field]: sample.typed })).status, 200);
    assert.equal((await program.get("/users/me")).body[field], sample.stored);
    let json = "";
    for await (const part of streamAccountJson(await User.findOne({ username: ada.username }).orFail())) json += part;
    assert.equal(JSON.parse(json).account.profile[field], sample.stored);
  });

  test(`${field}: visible to everyone once shown, and to admins ${isForAdmins ? "always" : "only then"}`, async () => {
    const [ada, admin] = [await member(), await withRole("admin")];
    const { id } = await User.findOne({ username: ada.username }).orFail();
    const pages = async () => getText((await visitor().get(`/users/${ada.username}`)).text);
    await ada.submit("/account/profile", { [field]: sample.typed });
    const shown = kind === "timeZone" ? "New York" : sample.shown;
    assert.ok(!(await pages()).includes(shown));
    const overview = getText((await admin.get(`/admin/users/${id}`)).text);
    assert.equal(overview.includes(shown), isForAdmins);
    const answer = await (await loggedIn(admin)).get(`/users/${id}`);
    assert.equal(field in answer.body, isForAdmins);
    await ada.submit("/account/profile", { [field]: sample.typed, shown: group });
    assert.ok((await pages()).includes(shown));
  });
}
