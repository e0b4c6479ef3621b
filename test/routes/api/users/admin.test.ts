import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import type { Role } from "../../../../src/definitions/roles.js";
import { User } from "../../../../src/models/user.js";
import { loggedIn, program } from "../../../support/api.js";
import { account } from "../../../support/users/accounts.js";
import { domain } from "../../../support/users/domains.js";
import { newPerson } from "../../../support/users.js";

type Asking = Pick<ReturnType<typeof program>, "call">;
type Someone = { id: string; api: Asking };
const who = ["guest", "disabled", "unconfirmed", "member", "editor", "domainAdmin", "admin", "superadmin"] as const;
type Who = (typeof who)[number];
/** The third status is for all logged-in, confirmed users, unless `leading` says otherwise. */
type Statuses = [guest: number, unconfirmed: number, member: number, leading?: Partial<Record<Who, number>>];
type Row = [method: string, path: string, body: object | undefined, statuses: Statuses];

async function leading(role?: Role, place: string | null = null): Promise<Someone> {
  const person = await account();
  if (role) await (await User.findById(person.id).orFail()).grantRole({ role, domain: place });
  return { id: person.id, api: await loggedIn(person) };
}

const arrive: Record<Who, () => Promise<Someone>> = {
  guest: async () => ({ id: "", api: program() }),
  async disabled() {
    const out = await leading();
    await (await User.findById(out.id).orFail()).disable();
    return out;
  },
  /** Has a token that was issued while the email was confirmed. */
  async unconfirmed() {
    const early = await leading();
    await User.updateOne({ _id: early.id }, { $set: { emailConfirmedAt: null } });
    return early;
  },
  member: () => leading(),
  editor: () => leading("editor"),
  domainAdmin: async () => leading("admin", (await domain()).id),
  admin: () => leading("admin"),
  superadmin: () => leading("superadmin"),
};

const people = new Map<Who, Someone>();
before(async () => {
  for (const one of who) people.set(one, await arrive[one]());
});
const known = (one: Who): Someone => people.get(one) ?? assert.fail(one);
const stored = async (id: string) => JSON.stringify(await User.findById(id).lean());

const admins = (status: number) => ({ admin: status, superadmin: status });
/** Each call acts on an ordinary member. */
const table: Row[] = [
  ["GET", "/users/me", undefined, [401, 401, 200]],
  ["PATCH", "/users/me", {}, [401, 401, 200]],
  ["DELETE", "/users/me", {}, [401, 401, 422]],
  ["GET", "/users", undefined, [401, 401, 403, admins(200)]],
  ["POST", "/users", {}, [401, 401, 403, admins(422)]],
  ["GET", "/users/:id", undefined, [401, 401, 403, admins(200)]],
  ["PATCH", "/users/:id", { disabled: true, reason: "Spam." }, [401, 401, 403, admins(200)]],
  ["PATCH", "/users/:id", { firstName: "Ada" }, [401, 401, 403, admins(200)]],
  ["DELETE", "/users/:id", { reason: "Spam." }, [401, 401, 403, admins(202)]],
  ["GET", "/users/:id/roles", undefined, [401, 401, 403, admins(200)]],
  ["POST", "/users/:id/roles", { role: "editor" }, [401, 401, 403, admins(200)]],
  ["DELETE", "/users/:id/roles", { role: "editor" }, [401, 401, 403, admins(200)]],
  ["DELETE", "/users/:id/roles/editor", undefined, [401, 401, 403, admins(200)]],
  ["GET", "/users/:id/tokens", undefined, [401, 401, 403, admins(200)]],
];

for (const [method, path, body, [guest, unconfirmed, member, others]] of table) {
  describe(`${method} ${path}`, () => {
    for (const one of who) {
      const usual: Partial<Record<Who, number>> = { guest, disabled: guest, unconfirmed };
      const status = others?.[one] ?? usual[one] ?? member;
      test(`${one} gets ${status}`, async () => {
        const subject = await account();
        const asWas = await stored(subject.id);
        const answer = await known(one).api.call(method, path.replace(":id", subject.id), body);
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        if (status >= 400) assert.equal(await stored(subject.id), asWas);
      });
    }
  });
}

const changes: [method: string, path: string, body: object][] = [
  ["PATCH", "", { disabled: true, reason: "Spam." }],
  ["PATCH", "", { disabled: false }],
  ["PATCH", "", { username: "taken-over" }],
  ["PATCH", "", { email: "mine@example.org" }],
  ["DELETE", "", { reason: "Spam." }],
  ["POST", "/roles", { role: "editor" }],
  ["DELETE", "/roles", { role: "editor" }],
  ["POST", "/roles", { role: "superadmin" }],
  ["DELETE", "/roles", { role: "admin" }],
  ["DELETE", "/roles/superadmin", {}],
];

describe("acting on an admin without being a superadmin, or on oneself, gives 403", () => {
  const pairs: [actor: Who, subject: Who | "themselves"][] = [
    ["admin", "admin"],
    ["admin", "superadmin"],
    ["admin", "themselves"],
    ["superadmin", "themselves"],
    ["member", "themselves"],
    ["domainAdmin", "themselves"],
  ];
  for (const [actor, subject] of pairs) {
    for (const [method, path, body] of changes) {
      test(`${actor} on ${subject} gets 403: ${method} ${path} ${JSON.stringify(body)}`, async () => {
        const { api, id } = known(actor);
        const target = subject === "themselves" ? id : (await arrive[subject]()).id;
        const asWas = await stored(target);
        for (const headers of [{}, { "if-match": "*" }]) {
          assert.equal((await api.call(method, `/users/${target}${path}`, body, headers)).status, 403);
        }
        assert.equal(await stored(target), asWas);
      });
    }
  }
});

test("the response to a created account has its address in the Location header", async () => {
  const { api } = known("admin");
  const { status, body, headers } = await api.call("POST", "/users", newPerson());
  assert.equal(status, 201);
  assert.equal(headers.get("location"), `${config.baseUrl.origin}/api/v1/users/${body.id}`);
});

test("superadmins can act on admins", async () => {
  const { api } = known("superadmin");
  for (const one of ["admin", "superadmin"] as const) {
    const { id } = await arrive[one]();
    assert.equal((await api.call("DELETE", `/users/${id}/roles`, { role: one })).status, 200);
    assert.equal((await api.call("PATCH", `/users/${id}`, { disabled: true, reason: "Spam." })).status, 200);
  }
});

test("if two superadmins disable each other at once, one stays enabled", async () => {
  await User.collection.updateMany({}, { $pull: { roles: { role: "superadmin" } } } as object);
  for (const [method, path, body] of [
    ["DELETE", "/roles", { role: "superadmin" }],
    ["PATCH", "", { disabled: true, reason: "A coup." }],
    ["DELETE", "", { reason: "A coup." }],
  ] as const) {
    const [one, other] = [await arrive.superadmin(), await arrive.superadmin()];
    const strike = (from: Someone, to: Someone) => from.api.call(method, `/users/${to.id}${path}`, body);
    const statuses = (await Promise.all([strike(one, other), strike(other, one)])).map(({ status }) => status);
    assert.ok(statuses.filter((status) => status < 300).length <= 1, String(statuses));
    const left = { "roles.role": "superadmin", disabledAt: null };
    assert.ok((await User.collection.countDocuments(left)) > 0, String(statuses));
    await User.collection.updateMany({}, { $pull: { roles: { role: "superadmin" } } } as object);
  }
});
