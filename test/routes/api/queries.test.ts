import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { endpoints } from "../../../src/forms/api/index.js";
import { type ApiMember, apiMember } from "../../support/api/users.js";
import { withRole } from "../../support/users.js";

// Every call must reject an invalid parameter. If a call ignored it, the result would contain more than the client
// asked for.

let admin: ApiMember;
before(async () => {
  admin = await apiMember(await withRole("superadmin"));
});

const long = "x".repeat(2_000);
/** Invalid values for each parameter, whatever the call. */
const wrong: Record<string, string[]> = {
  page: ["", "0", "-1", "x", "1.5", "1e1", "0x1", " 1", "9999999999", long],
  limit: ["", "0", "-1", "abc", "1.5", "1e1", "9999999999", long],
  cursor: ["", "x", "-1", "null", long],
  fields: ["", "passwordHash", "id,__proto__", long],
  q: [long, "\u0000", "\u0001x"],
  role: ["", "king", "Admin", long],
  state: ["", "dead", long],
  seen: ["", "yesterday", long],
  factor: ["", "any", long],
  sort: ["", "salary", long],
  updated_since: ["", "x", "0", "2026", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "1780000000", long],
  author: [long],
  domain: [long],
  own: ["", "yes", "false", long],
  user: ["", "nobody here", "nobody-here", "a@example.org", long],
  event: ["", "User.Disabled", "user.no-such", "$ne", long],
  from: ["", "yesterday", "2026-02-30", "1969-01-01", "2026-11-24T00:00:00Z", long],
  to: ["", "tomorrow", "2026-13-01", "2100-01-01", long],
};

for (const call of endpoints) {
  const path = call.path
    .replace(":slug", "garden-club")
    .replace(":role", "editor")
    .replace(/:\w+/g, "65f0c0ffee65f0c0ffee65f0");
  const names = Object.keys(call.query?.shape ?? {});
  /** Checks that the response says that this parameter is invalid. */
  async function assertRefused(name: string, query: string) {
    const { status, body } = await admin.api.call(call.method.toUpperCase(), `${path}?${query}`);
    assert.equal(status, 422, query);
    assert.ok(
      body.errors.some(({ parameter }: { parameter?: string }) => parameter === name),
      query,
    );
  }

  test(`${call.method} ${call.path}: an invalid parameter gives an error that names it`, async () => {
    for (const name of ["rol", "$where", "constructor", "Page", "q[]", "access_token"])
      await assertRefused(name, `${encodeURIComponent(name)}=1`);
    for (const name of names) {
      const values = wrong[name] ?? assert.fail(`a new parameter: say above what is wrong for ${name}`);
      for (const value of values) await assertRefused(name, `${name}=${encodeURIComponent(value)}`);
      await assertRefused(name, `${name}=1&${name}=1`);
    }
  });
}

test("a cursor works only with the order for which it was created", async () => {
  await Promise.all([apiMember(), apiMember(), apiMember()]);
  const sorts = ["newest", "oldest", "username", "seen"];
  for (const sort of sorts) {
    const { next } = (await admin.api.get(`/users?limit=1&sort=${sort}`)).body;
    for (const other of sorts) {
      const { status } = await admin.api.get(`/users?limit=1&sort=${other}&cursor=${next}`);
      assert.equal(status, other === sort ? 200 : 422, `a cursor for ${sort}, used with ${other}`);
    }
  }
});
