import "../../support/settings/email-confirmation-optional.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanUpAccounts } from "../../../src/jobs/cleanup.js";
import { User } from "../../../src/models/user.js";
import { mailsTo } from "../../support/mailbox.js";
import { member, newPerson, signedUp } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const DAYS = 86_400_000;
const notices = (text: string) => (text.match(/class="notice"/g) ?? []).length;

test("unconfirmed users see a request to confirm on every page except the confirmation page", async () => {
  const ada = await signedUp();
  for (const path of ["/dashboard", "/posts", "/account/profile", "/account/activity"]) {
    const { status, text } = await ada.get(path);
    assert.equal(status, 200, path);
    assert.match(
      text,
      /class="notice"[\s\S]*Please confirm your email address[\s\S]*href="\/email-confirmation"/,
      path,
    );
    assert.ok(text.includes(ada.email));
  }
  assert.equal(notices((await ada.get("/email-confirmation")).text), 0);
});

test("visitors and confirmed users see no notice", async () => {
  const [ada, nobody] = [await member(), visitor()];
  for (const path of ["/", "/posts"]) {
    assert.equal(notices((await nobody.get(path)).text), 0);
    assert.equal(notices((await ada.get(path)).text), 0);
  }
});

test("deleting an unconfirmed account works and sends no email", async () => {
  const ada = await signedUp({ ...newPerson(), username: "leaving-early" });
  await ada.submit("/account/deletion", { currentPassword: ada.password, posts: "remove" });
  assert.equal(notices((await ada.get("/dashboard")).text), 2, "both notices are shown");
  await cleanUpAccounts(new Date(Date.now() + 15 * DAYS));
  await cleanUpAccounts(new Date(Date.now() + 15 * DAYS + 300_000));
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  assert.deepEqual(
    (await mailsTo(ada.email)).filter(({ subject }) => /deleted/.test(subject)),
    [],
  );
});

test("where confirmation is optional, unconfirmed accounts are not deleted", async () => {
  const ada = await signedUp();
  await cleanUpAccounts(new Date(Date.now() + 30 * DAYS));
  assert.equal((await ada.get("/dashboard")).status, 200);
});
