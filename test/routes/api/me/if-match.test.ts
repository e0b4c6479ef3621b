import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemActor } from "../../../../src/actor.js";
import { MailedLink } from "../../../../src/models/mailed-link.js";
import { User } from "../../../../src/models/user.js";
import { cancelDeletion } from "../../../../src/services/account/deletion.js";
import { cancelEmailChange } from "../../../../src/services/account/email-change.js";
import { removeAvatar } from "../../../../src/services/avatar/avatar.js";
import { apiMember } from "../../../support/api/users.js";
import { newPerson } from "../../../support/users.js";

const getTag = ({ headers }: { headers: Headers }) => headers.get("etag") ?? "";
const strong = /^"[\w-]{22}"$/;

test("the state of picture, email and deletion has a strong ETag", async () => {
  const { api } = await apiMember();
  for (const part of ["avatar", "email", "recovery-email", "deletion", "notifications"]) {
    const { headers } = await api.get(`/users/me/${part}`);
    assert.match(headers.get("etag") ?? "", strong, part);
    const known = await api.get(`/users/me/${part}`, { "if-none-match": getTag({ headers }) });
    assert.equal(known.status, 304, part);
  }
});

test("a deletion is scheduled and cancelled only in the version that the client read", async () => {
  const { api, password: currentPassword } = await apiMember();
  const path = "/users/me/deletion";
  const before = getTag(await api.get(path));
  const planned = await api.post(path, { currentPassword, posts: "keep" }, { "if-match": before });
  assert.equal(planned.status, 202);
  assert.match(planned.headers.get("etag") ?? "", strong);
  const again = await api.post(path, { currentPassword, posts: "remove" }, { "if-match": before });
  assert.equal(again.status, 412);
  assert.equal((await api.delete(path, undefined, { "if-match": before })).status, 412);
  assert.equal((await api.get(path)).body.posts, "keep");
  assert.equal((await api.delete(path, undefined, { "if-match": getTag(planned) })).status, 204);
  assert.equal((await api.get(path)).body.deletionDueAt, null);
});

test("a pending change of email is cancelled only if it is the one that the client read", async () => {
  const { api, password: currentPassword } = await apiMember();
  const path = "/users/me/email";
  await api.post(path, { email: newPerson().email, currentPassword });
  const before = getTag(await api.get(path));
  const { email } = newPerson();
  await api.post(path, { email, currentPassword });
  assert.equal((await api.delete(path, undefined, { "if-match": before })).status, 412);
  const now = await api.get(path);
  assert.equal(now.body.pending, email);
  assert.equal((await api.delete(path, undefined, { "if-match": getTag(now) })).status, 204);
  assert.equal((await api.get(path)).body.pending, null);
});

test("a recovery email is removed only if it is the one that the client read", async () => {
  const { api, id, password: currentPassword } = await apiMember();
  const path = "/users/me/recovery-email";
  await api.post(path, { email: newPerson().email, currentPassword });
  const before = getTag(await api.get(path));
  const { email } = newPerson();
  assert.equal(await (await User.findById(id).orFail()).addRecoveryEmail(email), "done");
  assert.equal((await api.delete(path, undefined, { "if-match": before })).status, 412);
  const now = await api.get(path);
  assert.deepEqual(now.body, { recoveryEmail: email, pending: null });
  assert.equal((await api.delete(path, undefined, { "if-match": getTag(now) })).status, 204);
  assert.equal((await api.get(path)).body.recoveryEmail, null);
});

test("a picture is deleted only if it is the one that the client read", async () => {
  const { api, id } = await apiMember();
  const path = "/users/me/avatar";
  const before = getTag(await api.get(path));
  await User.updateOne({ _id: id }, { picture: "0".repeat(32) });
  assert.equal((await api.delete(path, undefined, { "if-match": before })).status, 412);
  assert.equal((await User.findById(id).orFail()).picture, "0".repeat(32));
  assert.equal((await api.delete(path, undefined, { "if-match": getTag(await api.get(path)) })).status, 204);
  assert.equal((await User.findById(id).orFail()).picture, null);
});

test("the writes check the version too, because another call may be faster", async () => {
  const { id } = await apiMember();
  const read = () => User.findById(id).orFail();
  await (await read()).scheduleDeletion("keep");
  const dueAt = (await read()).deletion?.dueAt ?? new Date(0);
  assert.equal(await cancelDeletion(systemActor, await read(), new Date(dueAt.getTime() - 1)), false);
  assert.equal(await cancelDeletion(systemActor, await read(), dueAt), true);
  const { email } = newPerson();
  await MailedLink.issue({ purpose: "email-change", user: await read(), email });
  assert.equal(await cancelEmailChange(systemActor, await read(), newPerson().email), false);
  assert.equal(await cancelEmailChange(systemActor, await read(), email), true);
  const before = await read();
  await User.updateOne({ _id: id }, { picture: "0".repeat(32) });
  assert.equal(await removeAvatar(systemActor, before, true), false);
  assert.equal(await removeAvatar(systemActor, await read(), true), true);
});
