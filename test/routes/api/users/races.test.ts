import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { loggedIn } from "../../../support/api.js";
import { mailsTo, newestMail } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";

let boss: Awaited<ReturnType<typeof loggedIn>>;
before(async () => {
  const person = await account();
  await (await User.findById(person.id).orFail()).grantRole({ role: "superadmin", domain: null });
  boss = await loggedIn(person);
});

const getTag = async (id: string) => (await boss.get(`/users/${id}`)).headers.get("etag") ?? "";
const readCount = async (id: string, kind: string) =>
  (await AuditEvent.listForUser(id)).events.filter(({ event }) => event === kind).length;
const ten = <Answer>(ask: () => Promise<Answer>) => Promise.all(Array.from({ length: 10 }, ask));
const lock = { disabled: true, reason: "Spam." };

test("of ten concurrent changes of a user with the same ETag, one succeeds and nine get 412", async () => {
  const bob = await account();
  const tag = await getTag(bob.id);
  const answers = await ten(() => boss.patch(`/users/${bob.id}`, lock, { "if-match": tag }));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(412)]);
  assert.equal(await readCount(bob.id, "user.disabled"), 1);
});

test("of ten concurrent deletions of a user with the same ETag, one succeeds and nine get 412", async () => {
  const bob = await account();
  const tag = await getTag(bob.id);
  const answers = await ten(() => boss.delete(`/users/${bob.id}`, { reason: "Spam." }, { "if-match": tag }));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [202, ...Array(9).fill(412)]);
  assert.equal(await readCount(bob.id, "deletion.imposed"), 1);
});

/** Lets another admin disable the user between the check of the ETag and the read for the change. */
async function lockedMeanwhile(id: string, ask: () => Promise<{ status: number }>) {
  const user = await User.findById(id).orFail();
  const late = mock.method(User, "findById", async () => {
    late.mock.restore();
    await user.disable();
    return User.findById(id);
  });
  const { status } = await ask();
  assert.equal(late.mock.callCount(), 1);
  return status;
}

test("enabling fails if the user was disabled after the ETag was checked", async () => {
  const bob = await account();
  const tag = await getTag(bob.id);
  await lockedMeanwhile(bob.id, () => boss.patch(`/users/${bob.id}`, { disabled: false }, { "if-match": tag }));
  assert.ok((await User.findById(bob.id).orFail()).disabledAt);
});

test("disabling a user with an ETag gives 412 if another admin disabled them after the check", async () => {
  const bob = await account();
  const tag = await getTag(bob.id);
  const again = () => boss.patch(`/users/${bob.id}`, lock, { "if-match": tag });
  assert.equal(await lockedMeanwhile(bob.id, again), 412);
});

test("ten concurrent grants or revocations of an admin role send one email; revoking a missing role sends none", async () => {
  const bob = await account();
  const roles = `/users/${bob.id}/roles`;
  for (const role of ["admin", "superadmin"]) assert.equal((await boss.delete(roles, { role })).status, 200);
  for (const [mails, ask] of [[1, boss.post] as const, [2, boss.delete] as const]) {
    for (const { status } of await ten(() => ask(roles, { role: "admin" }))) assert.equal(status, 200);
    await newestMail(bob.email, mails);
  }
  assert.deepEqual([await readCount(bob.id, "role.granted"), await readCount(bob.id, "role.revoked")], [1, 1]);
  await sleep(500); // time for the job that sends emails
  assert.equal((await mailsTo(bob.email)).length, 2);
});
