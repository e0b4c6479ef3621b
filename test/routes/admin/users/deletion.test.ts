import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemActor } from "../../../../src/actor.js";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { deleteDueAccounts } from "../../../../src/services/account/deletion.js";
import { mailAbout } from "../../../support/mailbox.js";
import { accountOf, act, because, getPage, logInRemembered } from "../../../support/users/admin-pages.js";
import { member, post, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const DAYS = 86_400_000;

test("changing roles or deleting a user needs a recent login, which leads back to the form", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const long = Date.now() - 11 * 60_000;
  await Session.updateMany(
    { "session.passport.user": (await accountOf(admin))._id },
    { $set: { "session.authenticatedAt": long } },
  );
  const page = await getPage(ada);
  assert.equal((await admin.get(page)).status, 200);
  for (const verb of ["roles", "delete"]) {
    const asked = `/reauthenticate?${new URLSearchParams({ return_to: `${page}/${verb}` })}`;
    assert.equal((await admin.get(`${page}/${verb}`)).location, asked);
    const answer = await act(admin, ada, verb, because("Just so."));
    assert.equal(answer.status, 401);
    assert.match(answer.text, /name="_typed"/, "the input is kept");
  }
  assert.equal((await accountOf(ada)).deletion, null);
  const asked = (await admin.get(`${page}/delete`)).location ?? "";
  assert.equal((await admin.submit(asked, { password: admin.password })).location, `${page}/delete`);
});

test("an admin who deletes a user disables them at once, and can cancel until the account is deleted", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const address = await post(ada, { title: "Gone with the person" });
  assert.equal((await act(admin, ada, "delete", [...because("Spam."), ["posts", "remove"]])).status, 303);
  assert.equal((await ada.get("/dashboard")).location, "/login");
  assert.match((await mailAbout(ada.email, /will be deleted/)).text, /Spam\./);
  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.equal((await accountOf(ada)).deletion, null);
  assert.equal((await logInRemembered(ada)).page.location, "/dashboard");
  await act(admin, ada, "delete", [...because("Spam again."), ["posts", "remove"]]);
  await deleteDueAccounts(systemActor, new Date(Date.now() + 13 * DAYS));
  assert.equal((await visitor().get(address)).status, 200);
  await deleteDueAccounts(systemActor, new Date(Date.now() + 14 * DAYS + 1_000));
  assert.equal((await act(admin, ada, "enable")).status, 303);
  assert.match((await admin.get(await getPage(ada))).text, /is already being deleted/);
  await deleteDueAccounts(systemActor, new Date(Date.now() + 14 * DAYS + 120_000));
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  assert.equal((await visitor().get(address)).status, 404);
  assert.match(
    (await mailAbout(ada.email, /has been deleted/)).text.replace(/\s+/g, " "),
    /as announced in an earlier email/,
  );
});
