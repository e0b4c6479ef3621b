import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Invitation } from "../../../../src/models/invitation.js";
import { findButton } from "../../../support/users/invitations.js";
import { anotherNetwork, from } from "../../../support/users/networks.js";
import { type Member, newPerson, withRole } from "../../../support/users.js";

const [SENT, LINKS] = [40, 30];

const invite = (admin: Member) => admin.submit("/admin/invitations", { email: newPerson().email, role: "user" });

test("an admin can send forty invitation forms an hour, including errors; another admin has their own limit", async () => {
  const [admin, other] = [await withRole("admin"), await withRole("admin")];
  assert.equal((await admin.submit("/admin/invitations", { email: "no", role: "user" })).status, 422);
  const email = newPerson().email;
  assert.equal((await admin.submit("/admin/invitations", { email, role: "user" })).status, 303);
  const again = await findButton(admin, email, "resend");
  for (let n = 2; n < SENT; n += 1) assert.equal((await invite(admin)).status, 303, String(n));
  const invited = await Invitation.countDocuments();
  assert.equal((await invite(admin)).status, 429);
  const resent = await admin.submit("/admin/invitations", {}, again);
  assert.equal(resent.status, 429);
  assert.ok(Number(resent.headers.get("retry-after")) > 0);
  assert.equal(await Invitation.countDocuments(), invited);
  assert.equal((await admin.get("/admin/invitations")).status, 200);
  assert.equal((await invite(other)).status, 303);
});

test("a network can send thirty forms of mailed links, from all its browsers together", async () => {
  const guesser = from(anotherNetwork());
  const guess = (n: number) => guesser.post(`/invitations/guess-${n}`, newPerson(), "/login");
  for (let n = 0; n < LINKS; n += 1) assert.equal((await guess(n)).status, 404, String(n));
  assert.equal((await guess(LINKS)).status, 429);
  assert.equal((await from(anotherNetwork()).post("/invitations/guess", newPerson(), "/login")).status, 404);
});
