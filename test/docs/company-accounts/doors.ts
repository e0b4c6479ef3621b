import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "../../../scripts/user/create.js";
import { User } from "../../../src/models/user.js";
import { findSetupUrl } from "../../../src/services/account/setup.js";
import { loggedIn, program } from "../../support/api.js";
import { linkIn, mailAbout } from "../../support/mailbox.js";
import { createdAccount } from "../../support/users/accounts.js";
import { newPerson } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

// Runs only in the copy that company-accounts.test.ts makes: the application as the example of docs/extending.md extends it.
// Two accounts are older than the extension.

type Fields = Record<string, string>;
type Answer = { status: number; text?: string; body?: { errors?: { pointer: string; detail: string }[] } };

let count = 1_000;
const employee = (change: Fields = {}) => {
  const { username, password } = newPerson();
  count += 1;
  return { username, email: `${username}@corp.example`, password, employeeId: `E-${count}`, ...change };
};
const older = { ...newPerson(), email: `older-${newPerson().username}@elsewhere.example` };
const second = newPerson();
const chief = employee();
const taken = employee();
const visit = async ({ username, password }: { username: string; password: string }) => {
  const browser = visitor();
  const { status, text } = await browser.submit("/login", { login: username, password });
  assert.equal(status, 303, text);
  return browser;
};
const find = (username: string) => User.findOne({ username }).orFail();
/** Here the type of a profile does not know the new fields. */
const profileOf = async (username: string) => (await find(username)).toObject().profile as Fields;

/** What each door must refuse, with the field that it names. */
const wrong: Record<string, { change: Fields; field: string }> = {
  "no employee number": { change: { employeeId: "" }, field: "employeeId" },
  "a malformed employee number": { change: { employeeId: "1234" }, field: "employeeId" },
  "a taken employee number, in other letters": {
    change: { employeeId: taken.employeeId.toLowerCase() },
    field: "employeeId",
  },
  "an address elsewhere": { change: { email: "someone@elsewhere.example" }, field: "email" },
  "a taken username": { change: { username: taken.username }, field: "username" },
};

function assertRefused({ status, text = "", body }: Answer, field: string): void {
  assert.equal(status, 422, text || JSON.stringify(body));
  if (body) assert.equal(body.errors?.[0]?.pointer, `#/${field}`, JSON.stringify(body));
  else assert.match(text, new RegExp(`id="${field}-error"|class="form-errors`), text);
}

test("setup: refuses wrong values, and creates the first account", async () => {
  const path = new URL((await findSetupUrl()) ?? "").pathname;
  for (const name of ["no employee number", "a malformed employee number", "an address elsewhere"]) {
    const { change, field } = wrong[name] ?? assert.fail();
    assertRefused(await visitor().submit(path, { ...chief, ...change }), field);
  }
  assert.equal((await visitor().submit(path, chief)).status, 303);
  assert.equal((await profileOf(chief.username)).employeeId, chief.employeeId);
});

test("two accounts have been there before", async () => {
  assert.ok(await createdAccount(older, true));
  assert.ok(await createdAccount(second, true));
});

async function invite(email: string): Promise<string> {
  const browser = await visit(chief);
  const { status, text } = await browser.submit("/admin/invitations", { email, role: "viewer", domain: "" });
  assert.equal(status, 303, text);
  return linkIn(await mailAbout(email, /invite/i, "/invitations/"), "/invitations/");
}

/** Every way to open an account. Invitations have their email already. */
const doors: Record<string, { open: (person: Fields) => Promise<Answer>; isInvited?: boolean }> = {
  "POST /register": { open: (person) => visitor().submit("/register", person) },
  "POST /invitations/:token": {
    open: async ({ email = "", ...chosen }) => visitor().submit(await invite(email), chosen),
    isInvited: true,
  },
  "POST /api/v1/auth/register": { open: (person) => program().post("/auth/register", person) },
  "POST /api/v1/invitations/accept": {
    open: async ({ email = "", ...chosen }) =>
      program().post("/invitations/accept", { token: (await invite(email)).split("/")[2], ...chosen }),
    isInvited: true,
  },
  "POST /api/v1/users": { open: async (person) => (await loggedIn(chief)).post("/users", person) },
};

test("the first employee registers", async () => {
  assert.equal((await visitor().submit("/register", taken)).status, 303);
  const link = linkIn(await mailAbout(taken.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  assert.equal((await visitor().submit(link, { password: taken.password })).status, 303);
});

for (const [door, { open, isInvited }] of Object.entries(doors)) {
  describe(door, () => {
    for (const [what, { change, field }] of Object.entries(wrong)) {
      if (isInvited && field === "email") continue;
      test(`refuses ${what}`, async () => assertRefused(await open({ ...employee(), ...change }), field));
    }
    test("opens an account with the employee number", async () => {
      const person = employee();
      const { status, text, body } = await open(person);
      assert.ok([201, 303].includes(status), text || JSON.stringify(body));
      assert.equal((await profileOf(person.username)).employeeId, person.employeeId);
    });
  });
}

test("the command line: refuses wrong values, and creates an account", async () => {
  const run = ({ username, email, employeeId }: Fields) =>
    create.run({ username, email, field: [`employeeId=${employeeId}`, "hireDate=2026-03-31"], generate: true }, null);
  for (const { change, field } of Object.values(wrong))
    await assert.rejects(run(employee(change)), new RegExp(`^Error: ${field}: `), field);
  const person = employee();
  await run(person);
  const profile = await profileOf(person.username);
  assert.deepEqual([profile.employeeId, profile.hireDate], [person.employeeId, "2026-03-31"]);
});

describe("accounts created before the employee fields were added", () => {
  test("can log in, and keep their address", async () => {
    const browser = await visit(older);
    assert.equal((await browser.get("/dashboard")).status, 200);
    const page = (await browser.get("/account/profile")).text;
    assert.match(page, /Employee number/);
    assert.doesNotMatch(page, /name="(department|hireDate)"/, "only admins change these");
  });

  test("enter the number in their profile; wrong and taken ones are refused", async () => {
    const browser = await visit(older);
    const client = await loggedIn(older);
    for (const { change, field } of Object.values(wrong)) {
      if (field !== "employeeId") continue;
      assertRefused(await browser.submit("/account/profile", change), field);
      assertRefused(await client.patch("/users/me", change), field);
    }
    assertRefused(await client.patch("/users/me", { hireDate: "2026-03-31" }), "hireDate");
    assertRefused(
      await browser.submit("/account/email", { email: "me@elsewhere.example", currentPassword: older.password }),
      "email",
    );
    assert.equal((await browser.submit("/account/profile", { employeeId: "E-7777", bio: "Still here." })).status, 303);
    assert.equal((await client.get("/users/me")).body.employeeId, "E-7777");
  });

  test("get the other fields from admins, on the page and through the API", async () => {
    const { id } = await find(second.username);
    const [browser, client] = [await visit(chief), await loggedIn(chief)];
    const page = `/admin/users/${id}/profile`;
    for (const [change, field] of [
      [{ hireDate: "2026-02-30" }, "hireDate"],
      [{ employeeId: taken.employeeId }, "employeeId"],
      [{ department: "x".repeat(61) }, "department"],
      [{ email: "me@elsewhere.example" }, "email"],
    ] as [Fields, string][]) {
      assertRefused(await browser.submit(page, change), field);
      assertRefused(await client.patch(`/users/${id}`, change), field);
    }
    assert.equal((await browser.submit(page, { department: "Bridges", hireDate: "2026-03-31" })).status, 303);
    assert.equal((await client.patch(`/users/${id}`, { employeeId: "E-8888" })).status, 200);
    const { department, hireDate, employeeId } = (await client.get(`/users/${id}`)).body;
    assert.deepEqual([department, hireDate, employeeId], ["Bridges", "2026-03-31", "E-8888"]);
    assert.match((await browser.get(`/admin/users/${id}`)).text, /Bridges[\s\S]*2026-03-31/);
    assert.match((await browser.get("/admin/users/export.csv")).text, /Department[\s\S]*Bridges/);
    assert.match((await (await visit(second)).get("/account/profile")).text, /Department[\s\S]*Bridges/);
    assert.doesNotMatch((await visitor().get(`/users/${second.username}`)).text, /Bridges|E-8888/);
  });

  test("get the new roles", async () => {
    const { id } = await find(second.username);
    const browser = await visit(chief);
    const asked = await browser.submit(`/admin/users/${id}/roles`, { roles: "viewer" });
    assert.equal(asked.status, 303);
    assert.deepEqual(
      [...(await find(second.username)).roles].map(({ role }) => role),
      ["viewer"],
    );
    const given = await (await loggedIn(chief)).post(`/users/${id}/roles`, { role: "contributor" });
    assert.ok([200, 201, 204].includes(given.status), JSON.stringify(given.body));
  });
});

test("two employees who register with one number at once get one account", async () => {
  const employeeId = "E-9999";
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => visitor().submit("/register", employee({ employeeId }))),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array.from({ length: 7 }, () => 422)]);
});

test("an employee who goes back and chooses another username is not refused by their own first attempt", async () => {
  const browser = visitor();
  const first = employee();
  assert.equal((await browser.submit("/register", first)).status, 303);
  const second = { ...employee(), employeeId: first.employeeId, password: first.password };
  const wrongPassword = { ...second, password: "another-Lantern-by-the-sea" };
  assertRefused(await visitor().submit("/register", second), "employeeId");
  assertRefused(await browser.submit("/register", wrongPassword), "employeeId");
  assert.equal((await browser.submit("/register", second)).status, 303);
  assert.equal(await User.exists({ username: first.username }), null);
});
