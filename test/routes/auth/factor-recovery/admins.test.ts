import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "../../../../src/definitions/roles.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { allJobsDone } from "../../../support/jobs/waiting.js";
import { mailAbout } from "../../../support/mailbox.js";
import {
  askForLink,
  enterPassword,
  finishRecovery,
  LOST,
  letDaysPass,
  readRecovery,
  startRecovery,
} from "../../../support/users/factor-recovery.js";
import { protectedMember } from "../../../support/users/factors.js";
import { actAs, type Member, member, newPerson, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

/** An admin whose waiting period is over. */
async function lostAdmin(role: Role = "admin") {
  const ada = await protectedMember();
  await (await User.findById(ada.id).orFail()).grantRole({ role, domain: null });
  await startRecovery(ada);
  await letDaysPass(ada, 3.1);
  return ada;
}
const confirm = (by: Member, { id }: { id: string }) =>
  by.submit("/account/password", {}, `/admin/users/${id}/confirm-recovery`);
const isConfirmed = async (ada: { id: string }) => Boolean((await readRecovery(ada))?.confirmedAt);

test("an admin who has lost the second factor needs the confirmation of another admin", async () => {
  const [ada, boss] = [await lostAdmin(), await withRole("superadmin")];
  const browser = await enterPassword(ada);
  assert.match((await browser.get(LOST)).text, /another administrator must confirm/);
  assert.equal((await finishRecovery(browser)).location, LOST);
  assert.ok((await User.findById(ada.id).orFail()).authenticator);

  const page = await boss.get(`/admin/users/${ada.id}`);
  assert.match(page.text, /Lost second factor/);
  assert.match(page.text, /Confirm recovery/);
  const done = await boss.submit(`/admin/users/${ada.id}`, {}, `/admin/users/${ada.id}/confirm-recovery`);
  assert.deepEqual([done.status, done.location], [303, `/admin/users/${ada.id}`]);
  assert.match((await boss.get(`/admin/users/${ada.id}`)).text, /Confirmed by an administrator/);
  const event = await AuditEvent.findOne({ user: ada.id, event: "factor-recovery.confirmed" }).orFail();
  assert.equal(String(event.actor), boss.id);
  assert.match((await confirm(boss, ada)).location ?? "", /\/admin\/users\//, "a second press changes nothing");
  assert.equal(await AuditEvent.countDocuments({ user: ada.id, event: "factor-recovery.confirmed" }), 1);

  assert.match((await browser.get(LOST)).text, /Log in and remove my second factors/);
  assert.equal((await finishRecovery(browser)).location, "/account/factors");
});

test("the emails to both addresses and the banner say that another admin must confirm, until one has", async () => {
  const needed = /another\s+administrator/i;
  const [ada, bob] = [await protectedMember(), await protectedMember()];
  const account = await User.findById(ada.id).orFail();
  await account.grantRole({ role: "editor", domain: null });
  const second = newPerson().email;
  await User.updateOne({ _id: ada.id }, { recoveryEmail: { address: second, since: new Date() } });
  const browser = visitor();
  const link = await askForLink(ada);
  assert.match((await browser.get(link)).text, needed);
  await browser.submit(link, {});
  assert.match((await browser.get("/login")).text, needed);
  await startRecovery(bob);
  await allJobsDone();
  for (const subject of [/lost your second factor/, /about to be removed/]) {
    for (const to of [ada.email, second]) assert.match((await mailAbout(to, subject)).text, needed, `${to} ${subject}`);
    assert.doesNotMatch((await mailAbout(bob.email, subject)).text, needed);
  }
  const banner = async (one: Member) => /role="alert">[\s\S]*?<\/div>/.exec((await one.get("/posts")).text)?.[0] ?? "";
  assert.match(await banner(ada), /the password and the confirmation of another administrator are enough/);
  assert.match(await banner(bob), /the password is enough/);
  await confirm(await withRole("superadmin"), ada);
  assert.match(await banner(ada), /the password is enough/);
});

test("a confirmation does not cover a role that is granted afterwards", async () => {
  const [ada, boss] = [await lostAdmin("editor"), await withRole("superadmin")];
  await confirm(boss, ada);
  assert.ok(await isConfirmed(ada));
  await (await User.findById(ada.id).orFail()).grantRole({ role: "superadmin", domain: null });
  const browser = await enterPassword(ada);
  assert.match((await browser.get(LOST)).text, /another administrator must confirm/);
  assert.equal((await finishRecovery(browser)).location, LOST);
  assert.ok((await User.findById(ada.id).orFail()).authenticator);
  await confirm(boss, ada);
  assert.equal((await finishRecovery(browser)).location, "/account/factors");
});

test("a confirmation does not shorten the waiting period", async () => {
  const [ada, boss] = [await protectedMember(), await withRole("superadmin")];
  await (await User.findById(ada.id).orFail()).grantRole({ role: "editor", domain: null });
  await startRecovery(ada);
  await confirm(boss, ada);
  assert.ok(await isConfirmed(ada));
  assert.equal((await finishRecovery(await enterPassword(ada))).location, LOST);
});

test("only another admin with the permission can confirm, and never while impersonating", async () => {
  const ada = await lostAdmin();
  const [admin, editor, boss] = [await withRole("admin"), await withRole("editor"), await withRole("superadmin")];
  for (const one of [admin, editor, ada, await member()]) assert.equal((await confirm(one, ada)).status, 403);
  await actAs(boss, await member());
  assert.equal((await confirm(boss, ada)).status, 403);
  assert.equal(await isConfirmed(ada), false);
});

test("an admin cannot confirm the recovery of a user without permissions, who needs none", async () => {
  const [ada, boss] = [await protectedMember(), await withRole("superadmin")];
  await startRecovery(ada);
  assert.doesNotMatch((await boss.get(`/admin/users/${ada.id}`)).text, /Confirm recovery/);
  assert.equal((await confirm(boss, ada)).status, 403);
});

test("a role that was granted during the waiting period needs the confirmation too", async () => {
  const ada = await protectedMember();
  await startRecovery(ada);
  await letDaysPass(ada, 3.1);
  const browser = await enterPassword(ada);
  await (await User.findById(ada.id).orFail()).grantRole({ role: "editor", domain: null });
  assert.equal((await finishRecovery(browser)).location, LOST);
});

test("an admin who has not logged in recently is asked for the password", async () => {
  const [ada, boss] = [await lostAdmin(), await withRole("superadmin")];
  const { Session } = await import("../../../../src/models/session.js");
  await Session.collection.updateMany({}, { $set: { "session.authenticatedAt": Date.now() - 3_600_000 } });
  assert.match((await confirm(boss, ada)).location ?? "", /^\/reauthenticate/);
  assert.equal(await isConfirmed(ada), false);
});
