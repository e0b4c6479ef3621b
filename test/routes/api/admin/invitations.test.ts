import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Invitation } from "../../../../src/models/invitation.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";
import { domain } from "../../../support/users/domains.js";
import { newPerson, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

let admin: ApiMember;
before(async () => {
  admin = await apiMember(await withRole("admin"));
});
afterEach(() => {
  config.registration = "open";
});

async function invited(fields: Record<string, unknown> = {}) {
  const { email } = newPerson();
  const { status, body, headers } = await admin.api.post("/invitations", { email, role: "user", ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return { email, body: body as { id: string; state: string }, headers };
}

test("an invitation is sent, read, sent again and cancelled", async () => {
  const club = await domain();
  const { email, body, headers } = await invited({ role: "editor", domain: club.slug });
  const { id, sentAt, expiresAt, ...rest } = body as unknown as Record<string, string>;
  assert.deepEqual(rest, {
    email,
    role: "editor",
    heldIn: "domain",
    domain: club.slug,
    state: "pending",
    inviter: admin.username,
    acceptedAt: null,
    acceptedBy: null,
    revokedAt: null,
  });
  assert.equal(Date.parse(expiresAt ?? "") - Date.parse(sentAt ?? ""), 7 * 86_400_000);
  assert.ok(headers.get("location")?.endsWith(`/api/v1/invitations/${id}`));
  assert.deepEqual((await admin.api.get(`/invitations/${id}`)).body, body);
  const first = linkIn(await mailAbout(email, /invited/), "/invitations/");
  const again = await admin.api.post(`/invitations/${id}/resend`);
  assert.equal(again.status, 200);
  assert.ok(again.body.sentAt > (sentAt ?? ""));
  assert.equal((await visitor().get(first)).status, 404, "the first link ends");
  for (let n = 0; n < 2; n += 1) assert.equal((await admin.api.delete(`/invitations/${id}`)).status, 204);
  const after = (await admin.api.get(`/invitations/${id}`)).body;
  assert.equal(after.state, "revoked");
  assert.ok(after.revokedAt);
  assert.equal((await admin.api.post(`/invitations/${id}/resend`)).status, 409);
  const events = (await AuditEvent.find({ user: admin.id, "details.invitation": id }).lean()).map(({ event }) => event);
  assert.deepEqual(events.sort(), ["invitation.revoked", "invitation.sent", "invitation.sent"]);
});

test("each wrong field of an invitation is named", async () => {
  const club = await domain();
  const { email } = await invited();
  const free = newPerson().email;
  const wrong: [Record<string, unknown>, string[]][] = [
    [{}, ["#/email", "#/role"]],
    [{ email: "no", role: "user" }, ["#/email"]],
    [{ email, role: "user" }, ["#/email"]],
    [{ email: { $gt: "" }, role: "user" }, ["#/email"]],
    [{ email: free, role: "king" }, ["#/role"]],
    [{ email: free, role: "superadmin", domain: club.slug }, ["#/role"]],
    [{ email: free, role: "user", domain: "no-such-club" }, ["#/domain"]],
    [{ email: free, role: "user", domain: 7 }, ["#/domain"]],
    [{ email: free, role: "user", invitedBy: "0".repeat(24) }, ["#/invitedBy"]],
  ];
  for (const [body, places] of wrong) {
    const { status, body: problem } = await admin.api.post("/invitations", body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.deepEqual(
      problem.errors.map(({ pointer }: { pointer: string }) => pointer),
      places,
    );
  }
  assert.equal((await admin.api.post("/invitations", { email: free, role: "admin" })).status, 403);
  assert.deepEqual(await mailsTo(free), []);
});

test("an address with an account gets the same answer as one without", async () => {
  const { email: known } = await account();
  const [one, other] = [await invited({ email: known }), await invited()];
  const shape = ({ body }: { body: object }) =>
    Object.entries(body).map(([name, value]) => [name, ["id", "email", "sentAt", "expiresAt"].includes(name) || value]);
  assert.deepEqual(shape(one), shape(other));
});

test("of twenty invitations at once to one address, one is sent", async () => {
  const { email } = newPerson();
  const all = Array.from({ length: 20 }, () => admin.api.post("/invitations", { email, role: "user" }));
  const answers = await Promise.all(all);
  assert.ok(answers.every(({ status }) => [201, 422, 429].includes(status)));
  assert.ok(answers.some(({ status }) => status === 201));
});

test("the list is paged, newest first", async () => {
  const sent = [(await invited()).body.id, (await invited()).body.id, (await invited()).body.id].reverse();
  const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);
  const first = (await admin.api.get("/invitations?limit=2")).body;
  assert.deepEqual(ids(first), sent.slice(0, 2));
  assert.equal(first.total, await Invitation.countDocuments());
  const next = (await admin.api.get(`/invitations?limit=2&cursor=${first.next}`)).body;
  assert.equal(ids(next)[0], sent[2]);
  assert.deepEqual(ids((await admin.api.get("/invitations?limit=2&page=2")).body), ids(next));
  assert.deepEqual((await admin.api.get("/invitations?limit=1&fields=id")).body.data, [{ id: sent[0] }]);
});

test("nobody is invited while registration is closed", async () => {
  const { body } = await invited();
  config.registration = "closed";
  assert.equal((await admin.api.post("/invitations", { email: newPerson().email, role: "user" })).status, 403);
  assert.equal((await admin.api.post(`/invitations/${body.id}/resend`)).status, 403);
});

test("a token needs the scope, and cannot grant more than its scopes", async () => {
  const robot = await tokenFor(admin, "invitations.manage");
  const { email } = newPerson();
  assert.equal((await robot.post("/invitations", { email, role: "editor" })).status, 403);
  assert.equal((await robot.post("/invitations", { email, role: "user" })).status, 201);
  assert.equal((await (await tokenFor(admin, "users.read")).get("/invitations")).status, 403);
});
