import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Actor, operatorActor, type RequestUser, systemActor } from "../../src/actor.js";
import type { Permission } from "../../src/definitions/permissions.js";
import type { Grant, Role } from "../../src/definitions/roles.js";
import { mayActOn, mayGive } from "../../src/policies/users.js";

const everywhere = (role: Role): Grant => ({ role, domain: null });
const createGrant = (role: Role): Grant => ({ role, domain: "d".repeat(24) });

const kinds: Record<string, Grant[]> = {
  member: [],
  user: [everywhere("user")],
  editor: [everywhere("editor")],
  domainEditor: [createGrant("editor")],
  domainAdmin: [createGrant("admin")],
  admin: [everywhere("admin")],
  adminAndEditor: [everywhere("editor"), everywhere("admin")],
  superadmin: [everywhere("superadmin")],
};
const names = Object.keys(kinds);
const ordinary = ["member", "user", "editor", "domainEditor", "domainAdmin"];
/** The kinds of users that each kind may act on. A missing kind may act on nobody. */
const reach: Record<string, string[]> = { admin: ordinary, adminAndEditor: ordinary, superadmin: names };
const permissions: Permission[] = ["users.disable", "users.help", "users.roles", "users.delete", "users.impersonate"];

const person = (kind: string, id = kind, more: Partial<RequestUser> = {}): RequestUser => ({
  ...{ id, username: id, email: "", postCount: 0, isEmailConfirmed: true, isMember: true, picture: null },
  ...{ roles: kinds[kind] ?? [], epoch: 0, mustChangePassword: false, deletionDueAt: null },
  ...{ hasPassword: true, hasSecondFactor: false, mustAddFactor: false, factorRecovery: null },
  ...more,
});
const actor = (user: RequestUser | null, more: Partial<Actor> = {}): Actor => ({
  ...systemActor,
  via: "browser",
  user,
  ...more,
});

for (const who of names) {
  describe(`a user of kind ${who}`, () => {
    for (const whom of names) {
      const may = reach[who]?.includes(whom) ?? false;
      test(`${may ? "can" : "cannot"} act on another ${whom}`, () => {
        for (const permission of permissions) {
          assert.equal(mayActOn(actor(person(who)), permission, person(whom, "another")), may, permission);
        }
      });
    }

    test("cannot act on themselves, while unconfirmed, or during an impersonation", () => {
      const impersonator = { id: "i", username: "i" };
      for (const permission of permissions) {
        assert.equal(mayActOn(actor(person(who, "same")), permission, person("member", "same")), false);
        assert.equal(mayActOn(actor(person(who, who, { isMember: false })), permission, person("member")), false);
        assert.equal(mayActOn(actor(person(who), { impersonator }), permission, person("member", "x")), false);
      }
      assert.equal(mayGive(actor(person(who), { impersonator }), "editor"), false);
    });

    test("can grant the roles in the table and no others", () => {
      const given = (["superadmin", "admin", "editor", "user"] as const).filter((role) =>
        mayGive(actor(person(who)), role),
      );
      const expected: Record<string, Role[]> = {
        admin: ["editor", "user"],
        adminAndEditor: ["editor", "user"],
        superadmin: ["superadmin", "admin", "editor", "user"],
      };
      assert.deepEqual(given, expected[who] ?? []);
    });
  });
}

test("visitors and jobs have no permissions, and operators have all", () => {
  for (const permission of permissions) {
    assert.equal(mayActOn(actor(null), permission, person("member")), false);
    assert.equal(mayActOn(systemActor, permission, person("member")), false);
    for (const whom of names) assert.equal(mayActOn(operatorActor, permission, person(whom)), true);
  }
  assert.deepEqual(
    [mayGive(actor(null), "user"), mayGive(systemActor, "user"), mayGive(operatorActor, "superadmin")],
    [false, false, true],
  );
});
