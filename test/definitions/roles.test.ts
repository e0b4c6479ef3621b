import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { demote, promote } from "../../scripts/user/roles.js";
import { domainRoles, roles, siteRoles } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import { mailAbout } from "../support/mailbox.js";
import { domain } from "../support/users/domains.js";
import { findEntry, invitedBy } from "../support/users/invitations.js";
import { type Member, member, withRole } from "../support/users.js";
import { readToken } from "../support/visitor.js";

// Tests every role of the table with the pages and commands that use it. `add-an-entry.test.ts` runs this with an added
// role.

const stored = async ({ username }: { username: string }) => User.findOne({ username }).orFail();
const heldBy = async (person: Member) => [...(await stored(person)).roles].map(({ role }) => role as string);
const getAddress = async (person: Member) => `/admin/users/${(await stored(person)).id}`;

/** Opens the roles page of a user and saves it with these boxes ticked. */
async function saveRoles(admin: Member, person: Member, ticked: string[]) {
  const address = `${await getAddress(person)}/roles`;
  const _csrf = readToken((await admin.get(address)).text);
  const body = new URLSearchParams([["_csrf", _csrf], ...ticked.map((role) => ["roles", role])] as [string, string][]);
  return admin.send(address, String(body), { "content-type": "application/x-www-form-urlencoded" });
}

const tickedOn = (html: string) =>
  [...html.matchAll(/<input[^>]* name="roles" value="([^"]+)"[^>]* checked/g)].map(([, role]) => role);

for (const role of siteRoles) {
  const { label, hint, permissions, texts } = roles[role];

  test(`${role}: granted on the roles page, kept when saved again, and found in the list`, async () => {
    const [boss, ada] = [await withRole("superadmin"), await member()];
    const address = `${await getAddress(ada)}/roles`;
    const page = (await boss.get(address)).text;
    assert.ok(page.includes(`>${label}</label>`) && page.includes(hint), "the page shows the role and its description");
    assert.equal((await saveRoles(boss, ada, [role])).status, 303);
    assert.deepEqual(tickedOn((await boss.get(address)).text), [role]);
    assert.equal((await saveRoles(boss, ada, [role])).status, 303);
    assert.deepEqual(await heldBy(ada), [role]);
    const list = (await boss.get(`/admin/users?role=${role}`)).text;
    assert.match(list, new RegExp(`<option value="${role}"[^>]* selected>${label}</option>`));
    assert.ok(list.includes(ada.username));
  });

  test(`${role}: its user can create API tokens only for what it allows`, async () => {
    const ada = await withRole(role);
    const page = (await ada.get("/account/api-tokens")).text;
    const offered = [...page.matchAll(/name="scopes" value="([^"]+)"/g)].map(([, scope]) => scope);
    const own = ["account.read", "account.edit", "posts.read", "posts.write"];
    assert.deepEqual(offered.filter((scope) => !own.includes(String(scope))).sort(), [...permissions].sort());
  });

  test(`${role}: offered in invitations to the site, and described in the email`, async () => {
    const boss = await withRole("superadmin");
    const page = (await boss.get("/admin/invitations")).text;
    assert.match(page, new RegExp(`name="role" value="${role}"`));
    assert.ok(page.includes(hint));
    const { email } = await invitedBy(boss, { role });
    assert.ok((await mailAbout(email, /invited/)).text.replace(/\s+/g, " ").includes(texts.site));
    assert.ok((await findEntry(boss, email)).includes(label));
  });

  test(`${role}: granted and revoked at the command line`, async () => {
    const ada = await member();
    await promote.run({ role: [role] }, await stored(ada));
    assert.deepEqual(await heldBy(ada), [role]);
    await demote.run({ role: [role] }, await stored(ada));
    assert.deepEqual(await heldBy(ada), []);
  });
}

for (const role of domainRoles) {
  test(`${role} in a domain: granted on the domain's page, and shown there by its label`, async () => {
    const [boss, ada, club] = [await withRole("superadmin"), await member(), await domain()];
    const address = `/admin/domains/${club.slug}`;
    const page = (await boss.get(address)).text;
    assert.ok(page.includes(`<option value="${role}"`) && page.includes(roles[role].label));
    const answer = await boss.submit(address, { user: ada.username, role });
    assert.equal(answer.status, 303, answer.text);
    assert.match((await boss.get(address)).text, new RegExp(`value="${role}" selected`));
    assert.deepEqual(await heldBy(ada), [role]);
  });
}

test("a role that no longer exists is kept when the user's roles are saved", async () => {
  const [boss, ada] = [await withRole("superadmin"), await member()];
  const { _id } = await stored(ada);
  await User.collection.updateOne({ _id }, {
    $set: { roles: [{ role: "of-a-later-version", domain: null }] },
  } as object);
  assert.equal((await saveRoles(boss, ada, ["editor"])).status, 303);
  assert.deepEqual((await heldBy(ada)).sort(), ["editor", "of-a-later-version"]);
  assert.equal((await saveRoles(boss, ada, [])).status, 303);
  assert.deepEqual(await heldBy(ada), ["of-a-later-version"]);
});
