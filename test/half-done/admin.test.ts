import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import type { User as Account } from "../../src/models/user.js";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account } from "../support/users/accounts.js";
import { type Member, withRole } from "../support/users.js";

type Someone = Awaited<ReturnType<typeof account>>;
type Two = { admin: Member; ada: Someone };
const read = ({ id }: Someone) => User.findById(id).orFail();
const page = ({ id }: Someone) => `/admin/users/${id}`;
const root = await withRole("superadmin");

async function pair(change: (user: Account) => Promise<unknown> = async () => undefined): Promise<Two> {
  const ada = await account();
  await change(await read(ada));
  return { admin: root, ada };
}

type Row = {
  name: string;
  change?: (user: Account) => Promise<unknown>;
  to: string;
  fields?: Record<string, string>;
  events: string[];
  subjects: RegExp[];
  also?: (user: Account) => unknown;
  except?: UseCase["except"];
};
const reason = { reason: "Too loud." };

const rows: Row[] = [
  {
    name: "disabling a user",
    to: "disable",
    fields: reason,
    events: ["user.disabled"],
    subjects: [/was disabled/i],
    also: (user) => assert.deepEqual([user.disabledAt !== null, user.sessionEpoch], [true, 1]),
  },
  {
    name: "enabling a user",
    change: (user) => user.disable(),
    to: "enable",
    events: ["user.enabled"],
    subjects: [/was enabled again/i],
    also: (user) => assert.equal(user.disabledAt, null),
  },
  {
    name: "enabling a superadmin, with the seat",
    change: async (user) => {
      await user.grantRole({ role: "superadmin", domain: null });
      await (await User.findById(user.id).orFail()).disable();
    },
    to: "enable",
    events: ["user.enabled"],
    subjects: [/was enabled again/i],
    also: expectSeat,
  },
  {
    name: "scheduling the deletion of an account as an admin",
    to: "delete",
    fields: { ...reason, posts: "keep" },
    events: ["deletion.imposed"],
    subjects: [/delete/i],
    also: (user) => assert.deepEqual([user.deletion?.imposed, user.sessionEpoch], [true, 1]),
  },
  {
    name: "granting and revoking several roles",
    change: (user) => user.grantRole({ role: "editor", domain: null }),
    to: "roles",
    fields: { roles: "admin" },
    events: ["role.granted", "role.revoked"],
    subjects: [/.*/],
    also: (user) =>
      assert.deepEqual(
        [...user.roles].map(({ role }) => role),
        ["admin"],
      ),
  },
  {
    name: "making a user a superadmin, with the seat",
    to: "roles",
    fields: { roles: "superadmin" },
    events: ["role.granted"],
    subjects: [/.*/],
    also: expectSeat,
  },
  {
    name: "revoking the superadmin role",
    change: (user) => user.grantRole({ role: "superadmin", domain: null }),
    to: "roles",
    fields: { roles: "editor" },
    events: ["role.granted", "role.revoked"],
    subjects: [/.*/],
  },
];

async function expectSeat(user: Account) {
  const seats = await mongoose.connection.collection("seats").findOne();
  assert.ok(seats?.members.some((one: unknown) => String(one) === user.id));
}

for (const row of rows) {
  const useCase: UseCase<Two> = {
    name: row.name,
    prepare: () => pair(row.change),
    act: ({ admin, ada }, fault) =>
      press(admin, `${page(ada)}/${row.to}`, row.fields ?? {}, { fault, page: "/account/password" }),
    async check({ ada }) {
      assert.deepEqual(await listEvents(ada), row.events);
      const subjects = await subjectsTo(ada.email);
      assert.equal(subjects.length, row.subjects.length, String(subjects));
      for (const [n, subject] of row.subjects.entries()) assert.match(subjects[n] ?? "", subject);
      await row.also?.(await read(ada));
    },
    ...(row.except && { except: row.except }),
  };
  test(`interrupted: ${row.name}`, () => tryEveryFailure(useCase));
}
