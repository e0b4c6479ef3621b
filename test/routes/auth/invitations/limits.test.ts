import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Invitation } from "../../../../src/models/invitation.js";
import { apiMember } from "../../../support/api/users.js";
import { program } from "../../../support/api.js";
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

test("calls of programs count together with forms", async () => {
  const admin = await apiMember(await withRole("admin"));
  assert.equal((await invite(admin)).status, 303);
  const send = () => admin.api.post("/invitations", { email: newPerson().email, role: "user" });
  for (let n = 1; n < SENT; n += 1) assert.equal((await send()).status, 201, String(n));
  assert.equal((await send()).status, 429);
  assert.equal((await invite(admin)).status, 429);
  const network = anotherNetwork();
  assert.equal((await from(network).post("/invitations/guess", newPerson(), "/login")).status, 404);
  const ask = (call: string) =>
    program().post(`/invitations/${call}`, { token: "guess" }, { "x-forwarded-for": network });
  for (let n = 1; n < LINKS; n += 1) assert.equal((await ask(n % 2 ? "lookup" : "accept")).status, 404, String(n));
  for (const call of ["lookup", "accept"]) assert.equal((await ask(call)).status, 429);
});
