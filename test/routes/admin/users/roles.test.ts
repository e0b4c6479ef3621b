import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mailAbout } from "../../../support/mailbox.js";
import { accountOf, act, because, getPage, logInRemembered, roles } from "../../../support/users/admin-pages.js";
import { member, signedUp, withRole } from "../../../support/users.js";

test("a new role takes effect with the next request, which rotates the session id", async () => {
  const [boss, ada] = [await withRole("superadmin"), await member()];
  const phone = await logInRemembered(ada);
  const ids = [ada, phone].map(({ cookies }) => cookies.get("sid"));
  assert.equal((await ada.get("/admin")).status, 403);
  assert.equal((await act(boss, ada, "roles", roles("admin", "editor"))).status, 303);
  for (const [n, browser] of [ada, phone].entries()) {
    assert.equal((await browser.get("/admin")).status, 200);
    assert.notEqual(browser.cookies.get("sid"), ids[n]);
  }
  assert.match((await mailAbout(ada.email, /roles were changed/)).text, /You are now: admin/);
  assert.equal((await act(boss, ada, "roles", roles("editor"))).status, 303);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/admin")).status, 403);
  await mailAbout(ada.email, /roles were changed/, "no longer: admin");
  assert.equal((await act(boss, ada, "roles")).status, 303);
  assert.equal((await accountOf(ada)).roles.length, 0);
});

test("an admin cannot grant an admin role or act on users who have one", async () => {
  const [admin, other, boss, ada] = [
    await withRole("admin"),
    await withRole("admin"),
    await withRole("superadmin"),
    await member(),
  ];
  for (const given of [["admin"], ["superadmin"], ["editor", "superadmin"]]) {
    assert.equal((await act(admin, ada, "roles", roles(...given))).status, 403, given.join());
  }
  assert.equal((await accountOf(ada)).roles.length, 0);
  assert.equal((await act(admin, ada, "roles", roles("king"))).status, 422);
  for (const target of [other, boss, admin]) {
    for (const verb of ["disable", "enable", "roles", "end-sessions", "send-reset", "send-confirmation", "delete"]) {
      assert.equal((await act(admin, target, verb, because("No."))).status, 403, `${target.username} ${verb}`);
    }
    assert.equal((await admin.get(await getPage(target))).status, 200);
  }
  assert.match((await admin.get(await getPage(boss))).text, /Only superadmins can change this account/);
  assert.match((await admin.get(await getPage(admin))).text, /This is you/);
  for (const target of [other, boss]) assert.equal((await target.get("/admin")).status, 200);
});

test("an unconfirmed user cannot become an admin", async () => {
  const [boss, ada] = [await withRole("superadmin"), await signedUp()];
  const page = await act(boss, ada, "roles", roles("admin"));
  assert.equal(page.status, 422);
  assert.match(page.text, /isn&#39;t confirmed yet[\s\S]*value="admin"[^>]* checked/);
  assert.equal((await accountOf(ada)).roles.length, 0);
});
