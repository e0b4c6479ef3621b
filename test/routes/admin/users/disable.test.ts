import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { mailAbout } from "../../../support/mailbox.js";
import { accountOf, act, because, getPage, listEvents, logInRemembered } from "../../../support/users/admin-pages.js";
import { member, registeredMember, withRole } from "../../../support/users.js";

test("a disabled user is logged out everywhere at once, gets the reason by email, and can be enabled again", async () => {
  const [admin, ada] = [await withRole("admin"), await registeredMember()];
  const phone = await logInRemembered(ada);
  assert.equal((await phone.get("/dashboard")).status, 200);
  const answer = await act(admin, ada, "disable", because("You sold <umbrellas>."));
  assert.deepEqual([answer.status, answer.location], [303, await getPage(ada)]);
  for (const browser of [ada, phone]) assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal((await logInRemembered(ada)).page.status, 401);
  assert.match((await mailAbout(ada.email, /was disabled/)).text, /You sold <umbrellas>\./);
  const page = (await admin.get(await getPage(ada))).text;
  assert.match(page, /has been disabled and logged out everywhere/);
  assert.match(page, /You sold &lt;umbrellas&gt;\./);
  assert.match(page, new RegExp(admin.username));
  assert.equal(await Session.countDocuments({ "session.passport.user": (await accountOf(ada))._id }), 0);

  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.equal((await phone.get("/dashboard")).location, "/login", "old sessions and cookies stay invalid");
  assert.equal((await logInRemembered(ada)).page.status, 303);
  await mailAbout(ada.email, /was enabled again/);
  const events = (await listEvents(ada)).filter((event) => event.startsWith("user."));
  assert.deepEqual(events, ["user.enabled", "user.disabled", "user.registered"]);
});

test("a deletion that the user scheduled stays scheduled if an admin disables and enables them", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await ada.submit("/account/deletion", { currentPassword: ada.password });
  const planned = (await accountOf(ada)).deletion?.dueAt;
  await act(admin, ada, "disable", because("Just so."));
  await act(admin, ada, "enable");
  assert.deepEqual((await accountOf(ada)).deletion?.dueAt, planned);
});

test("the last superadmin can demote a disabled superadmin, but cannot change their own roles", async () => {
  await User.updateMany({ "roles.role": "superadmin" }, { roles: [] });
  const [one, two] = [await withRole("superadmin"), await withRole("superadmin")];
  await User.updateOne({ username: one.username }, { roles: [{ role: "superadmin" }] });
  await act(one, two, "disable", because("Just so."));
  assert.equal((await act(one, two, "roles")).status, 303);
  assert.equal((await act(one, one, "roles")).status, 403);
});
