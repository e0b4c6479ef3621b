import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { Invitation } from "../../../../src/models/invitation.js";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn, program } from "../../../support/api.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { domain } from "../../../support/users/domains.js";
import { newPerson, withRole } from "../../../support/users.js";

let admin: ApiMember;
before(async () => {
  admin = await apiMember(await withRole("admin"));
});
afterEach(() => {
  config.registration = "open";
});

async function invited(fields: Record<string, unknown> = {}) {
  const { email, username, password } = newPerson();
  const sent = await admin.api.post("/invitations", { email, role: "user", ...fields });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  const address = String(fields.email ?? email);
  const token =
    linkIn(await mailAbout(address, /invited/), "/invitations/")
      .split("/")
      .at(-1) ?? "";
  return { id: sent.body.id as string, email: address, token, chosen: { username, password } };
}
const accept = (body: Record<string, unknown>, api = program()) => api.post("/invitations/accept", body);
const lookUp = (token: unknown, api = program()) => api.post("/invitations/lookup", { token });

test("a new user looks at an invitation and accepts it, once", async () => {
  const club = await domain("The book club");
  const { id, email, token, chosen } = await invited({ role: "editor", domain: club.slug });
  for (let n = 0; n < 2; n += 1) {
    const { status, body, headers } = await lookUp(token);
    assert.equal(status, 200);
    const { expiresAt, ...rest } = body;
    const grant = { role: "editor", heldIn: "domain", domain: club.slug, domainName: "The book club" };
    assert.deepEqual(rest, { email, ...grant, inviter: admin.username, username: null });
    assert.equal(headers.get("cache-control"), "no-store");
  }
  const accepted = await accept({ token, ...chosen });
  assert.equal(accepted.status, 201);
  const { id: user, emailConfirmedAt, ...rest } = accepted.body;
  assert.ok(emailConfirmedAt);
  assert.deepEqual(rest, { username: chosen.username, email, roles: [{ role: "editor", domain: club.slug }] });
  assert.equal((await (await loggedIn(chosen)).get("/users/me")).body.id, user);
  assert.equal((await accept({ token, ...newPerson(), email: undefined })).status, 409);
  assert.equal((await lookUp(token)).status, 409);
  const listed = (await admin.api.get(`/invitations/${id}`)).body;
  assert.deepEqual([listed.state, listed.acceptedBy], ["accepted", chosen.username]);
  assert.equal((await admin.api.delete(`/invitations/${id}`)).status, 409);
});

test("a wrong field is named, and the invitation stays valid", async () => {
  const { email, token, chosen } = await invited();
  const wrong: [Record<string, unknown>, string[]][] = [
    [{ ...chosen }, ["#/token"]],
    [{ token: { $ne: null }, ...chosen }, ["#/token"]],
    [{ token }, ["#/username", "#/password"]],
    [{ token, username: chosen.username }, ["#/password"]],
    [{ token, ...chosen, username: "x y" }, ["#/username"]],
    [{ token, ...chosen, username: admin.username.toUpperCase() }, ["#/username"]],
    [{ token, ...chosen, password: "short" }, ["#/password"]],
    [{ token, ...chosen, password: `${email}${email}` }, ["#/password"]],
    [{ token, ...chosen, role: "superadmin" }, ["#/role"]],
  ];
  for (const [body, places] of wrong) {
    const { status, body: problem } = await accept(body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.deepEqual(
      problem.errors.map(({ pointer }: { pointer: string }) => pointer),
      places,
      JSON.stringify(body),
    );
  }
  assert.equal((await lookUp(7)).status, 422);
  assert.equal((await accept({ token, ...chosen })).status, 201);
});

test("an unknown, cancelled, expired or replaced token gets 404", async () => {
  const { id, token, chosen } = await invited();
  const bad = ["nobodys", `${token}x`, token.slice(0, -1), "\u0000"];
  const cancelled = await invited();
  await admin.api.delete(`/invitations/${cancelled.id}`);
  const expired = await invited();
  await Invitation.updateOne({ _id: expired.id }, { expiresAt: new Date(Date.now() - 1) });
  await admin.api.post(`/invitations/${id}/resend`);
  for (const one of [...bad, token, cancelled.token, expired.token]) {
    assert.equal((await lookUp(one)).status, 404);
    assert.equal((await accept({ token: one, ...chosen })).status, 404);
  }
});

test("the owner of the email accepts with a login, and nobody else can", async () => {
  const [ada, eve] = [await apiMember(), await apiMember()];
  const { token, chosen } = await invited({ email: ada.email, role: "editor" });
  assert.equal((await lookUp(token)).body.username, ada.username);
  assert.equal((await accept({ token, ...chosen })).status, 401);
  assert.equal((await accept({ token }, eve.api)).status, 403);
  assert.equal((await accept({ token }, await tokenFor(ada, "account.edit"))).status, 403);
  assert.equal((await accept({ token }, program("expired"))).status, 401);
  const accepted = await accept({ token }, ada.api);
  assert.equal(accepted.status, 200);
  assert.deepEqual(accepted.body.roles, [{ role: "editor", domain: null }]);
  assert.equal((await accept({ token }, ada.api)).status, 409);
  const forNew = await invited();
  assert.equal((await accept({ token: forNew.token, ...forNew.chosen }, eve.api)).status, 403);
});

test("an invitation grants what its sender may grant now", async () => {
  const boss = await apiMember(await withRole("admin"));
  const { email } = newPerson();
  assert.equal((await boss.api.post("/invitations", { email, role: "editor" })).status, 201);
  const token =
    linkIn(await mailAbout(email, /invited/), "/invitations/")
      .split("/")
      .at(-1) ?? "";
  await (await User.findById(boss.id).orFail()).revokeRole({ role: "admin", domain: null });
  assert.equal((await lookUp(token)).status, 404);
  assert.equal((await accept({ token, ...newPerson(), email: undefined })).status, 404);
});

test("twenty acceptances at once, with different names, create one account", async () => {
  const { email, token } = await invited();
  const all = Array.from({ length: 20 }, () => {
    const { username, password } = newPerson();
    return accept({ token, username, password });
  });
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 201).length, 1, statuses.join());
  assert.ok(
    statuses.every((status) => [201, 401, 404, 409].includes(status)),
    statuses.join(),
  );
  assert.equal(await User.countDocuments({ email }), 1);
});

test("no account is created while registration is closed", async () => {
  const { token, chosen } = await invited();
  config.registration = "closed";
  assert.equal((await lookUp(token)).status, 403);
  assert.equal((await accept({ token, ...chosen })).status, 403);
});
