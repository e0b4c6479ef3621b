import "../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Domain } from "../../src/models/domain.js";
import { Invitation } from "../../src/models/invitation.js";
import { invite } from "../../src/services/invitation/invitations.js";
import { type Answered, loggedIn, program } from "../support/api.js";
import { isInSample } from "../support/settings/sample.js";
import { acting } from "../support/users/actors.js";
import { account, createDomainScene, outside, people, type Who } from "../support/users/domain-kinds.js";
import { newPerson } from "../support/users.js";

const { a, getBrowser: getPerson } = await createDomainScene();
const clients = new Map<Who, ReturnType<typeof program>>();
for (const who of people) {
  const { username, password } = getPerson(who); // an unconfirmed user gets no token
  clients.set(who, password === undefined ? program() : await loggedIn({ username, password }));
}
const getClient = (who: Who) => clients.get(who) ?? assert.fail(who);

type About = { member: string; user: string; invitation: string };
type Row = {
  body?: (about: About) => Record<string, unknown>;
  headers?: Record<string, string>;
  /** The answers outside and inside domain A, and those for users who differ. */
  outside: number;
  inside: number;
  others?: Partial<Record<Who, number>>;
};
const manager = (status: number): Partial<Record<Who, number>> => ({
  adminB: 404,
  adminA: status,
  admin: status,
  superadmin: status,
});
const onlyManagers = { outside: 403, inside: 403 };
const seen = { outside: 404, inside: 200 };

/** Every call that shows or changes something of domain A, with the answer for each user. */
const table: Record<string, Row> = {
  "GET /domains/:slug": seen,
  "GET /domains/:slug/members": seen,
  "POST /domains": { ...onlyManagers, others: { superadmin: 422 } },
  "PATCH /domains/:slug": { body: () => ({ name: a.name }), ...onlyManagers, others: { superadmin: 200 } },
  "PATCH /domains/:slug, with nothing": { ...onlyManagers, others: { superadmin: 422 } },
  "DELETE /domains/:slug": { headers: { "if-match": '"old"' }, ...onlyManagers, others: { superadmin: 412 } },
  "POST /domains/:slug/members": {
    body: ({ user }) => ({ user, role: "user" }),
    ...onlyManagers,
    others: manager(200),
  },
  "POST /domains/:slug/members, as an admin": {
    body: ({ user }) => ({ user, role: "admin" }),
    ...onlyManagers,
    others: manager(200),
  },
  "PATCH /domains/:slug/members/:member": { body: () => ({ role: "editor" }), ...onlyManagers, others: manager(200) },
  "DELETE /domains/:slug/members/:member": { ...onlyManagers, others: manager(204) },
  "DELETE /domains/:slug/members/me": {
    ...{ outside: 404, inside: 204, others: { adminA: 403, editor: 404, admin: 404, superadmin: 404 } },
  },
  "GET /invitations": { ...onlyManagers, others: { ...manager(200), adminB: 200 } },
  "GET /invitations/:invitation": { ...onlyManagers, others: manager(200) },
  "POST /invitations": {
    body: () => ({ email: newPerson().email, role: "user", domain: a.slug }),
    ...onlyManagers,
    others: { ...manager(201), adminB: 422 },
  },
  "POST /invitations, to the whole site": {
    body: () => ({ email: newPerson().email, role: "user" }),
    ...onlyManagers,
    others: { admin: 201, superadmin: 201 },
  },
  "POST /invitations, as a superadmin": {
    body: () => ({ email: newPerson().email, role: "superadmin" }),
    ...onlyManagers,
    others: { superadmin: 201 },
  },
  "POST /invitations/:invitation/resend": { ...onlyManagers, others: manager(200) },
  "DELETE /invitations/:invitation": { ...onlyManagers, others: manager(204) },
  "GET /audit-events": { ...onlyManagers, others: { admin: 200, superadmin: 200 } },
  "GET /domains": { outside: 200, inside: 200 },
};

const HIDDEN = /The secret society/;
/** Restores what a test ended. */
const roleIn: Partial<Record<Who, "user" | "editor">> = { inA: "user", author: "user", editorA: "editor" };

let unchanged: string | undefined;

/** @param wanted.isChanged false if no request of the test can change the invitation: then it is not a new one */
async function prepare({ isChanged = true } = {}): Promise<About> {
  const subject = await account(getPerson("inA"));
  await subject.revokeRole({ role: "admin", domain: a.id });
  await subject.revokeRole({ role: "editor", domain: a.id });
  await subject.grantRole({ role: "user", domain: a.id });
  if (!isChanged) unchanged ??= await sendInvitation();
  const invitation = isChanged || !unchanged ? await sendInvitation() : unchanged;
  return { member: subject.id, user: subject.username, invitation };
}

async function sendInvitation(): Promise<string> {
  const boss = acting(await account(getPerson("superadmin")));
  const sent = await invite(boss, { email: newPerson().email, role: "user", domain: a.slug, once: undefined });
  assert.ok(typeof sent === "object" && "id" in sent, String(sent));
  return sent.id;
}

for (const [address, row] of Object.entries(table)) {
  describe(address, () => {
    for (const who of people.filter(isInSample)) {
      const isOutside = (outside as readonly Who[]).includes(who);
      const isNobody = who === "visitor" || who === "unconfirmed";
      const status = isNobody ? 401 : (row.others?.[who] ?? (isOutside ? row.outside : row.inside));
      test(`${who}: ${status}`, async () => {
        const about = await prepare({ isChanged: address.includes("/:invitation") });
        const [method = "", path = ""] = address.split(/[ ,]+/);
        const parts: Record<string, string> = { slug: a.slug, ...about };
        const filled = path.replace(/:(\w+)/g, (_, part: string) => parts[part] ?? "");
        const before = await state(about);
        const body = row.body?.(about) ?? (["POST", "PATCH"].includes(method) ? {} : undefined);
        const answer: Answered = await getClient(who).call(method, filled, body, row.headers);
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        if (isOutside) assert.doesNotMatch(JSON.stringify(answer.body), HIDDEN);
        if (address === "GET /domains" && !isNobody) assert.equal(HIDDEN.test(JSON.stringify(answer.body)), !isOutside);
        if (method === "GET" || status >= 400) assert.equal(await state(about), before);
        const role = status === 204 && path.endsWith("/me") && roleIn[who];
        if (role) await (await account(getPerson(who))).grantRole({ role, domain: a.id });
      });
    }
  });
}

/** What the calls could change. */
async function state({ member, invitation }: About): Promise<string> {
  const subject = await account(getPerson("inA"));
  const [domains, one, all] = await Promise.all([
    Domain.find().select("name slug").lean(),
    Invitation.findById(invitation).select("revokedAt sentAt").lean(),
    Invitation.countDocuments(),
  ]);
  return JSON.stringify({ member, roles: subject.roles, domains, one, all });
}

test("admins of one organization see only the invitations to it", async () => {
  const { invitation } = await prepare();
  const list = async (who: Who) =>
    (await getClient(who).get("/invitations?limit=100")).body.data as { id: string; domain: string | null }[];
  assert.ok((await list("adminA")).some(({ id }) => id === invitation));
  assert.ok((await list("adminA")).every(({ domain: slug }) => slug === a.slug));
  assert.deepEqual(await list("adminB"), []);
});

test("admins of one organization cannot change its other admins or themselves", async () => {
  const [own, other] = [await account(getPerson("adminA")), await account(getPerson("author"))];
  await other.grantRole({ role: "admin", domain: a.id });
  const client = getClient("adminA");
  for (const { id, username } of [own, other]) {
    const path = `/domains/${a.slug}/members/${id}`;
    assert.equal((await client.patch(path, { role: "user" })).status, 403);
    assert.equal((await client.delete(path)).status, 403);
    const again = await client.post(`/domains/${a.slug}/members`, { user: username, role: "user" });
    assert.equal(again.status, 403);
  }
  await other.revokeRole({ role: "admin", domain: a.id });
});
