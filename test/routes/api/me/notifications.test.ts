import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";

const getTag = ({ headers }: { headers: Headers }) => headers.get("etag") ?? "";

const PATH = "/users/me/notifications";

test("a user turns the emails about comments off and on again, and the page shows it", async () => {
  const { api, ...ada } = await apiMember();
  assert.deepEqual((await api.get(PATH)).body, { comments: true });
  const off = await api.patch(PATH, { comments: false });
  assert.deepEqual([off.status, off.body], [200, { comments: false }]);
  assert.doesNotMatch((await ada.get("/account/notifications")).text, /name="comments"[^>]* checked/);
  assert.deepEqual((await api.get(PATH)).body, { comments: false });
  await api.patch(PATH, { comments: true });
  assert.match((await ada.get("/account/notifications")).text, /name="comments"[^>]* checked/);
});

test("an older version in If-Match changes nothing", async () => {
  const { api } = await apiMember();
  const tag = getTag(await api.get(PATH));
  const off = await api.patch(PATH, { comments: false }, { "if-match": tag });
  assert.equal(off.status, 200);
  assert.equal((await api.patch(PATH, { comments: true }, { "if-match": tag })).status, 412);
  assert.deepEqual((await api.get(PATH)).body, { comments: false });
  assert.equal((await api.patch(PATH, { comments: true }, { "if-match": getTag(off) })).status, 200);
});

test("of twenty simultaneous changes of one version, one is made", async () => {
  const { api } = await apiMember();
  const tag = getTag(await api.get(PATH));
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.patch(PATH, { comments: false }, { "if-match": tag })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array.from({ length: 19 }, () => 412)]);
});

test("the write itself checks the version too, because another call may be faster", async () => {
  const user = await User.findById((await apiMember()).id).orFail();
  assert.equal(await user.setCommentMails(false, true), true);
  assert.equal(await user.setCommentMails(false, true), false);
  assert.equal(await user.setCommentMails(true, false), true);
  assert.equal(await user.setCommentMails(false), true);
});

test("API tokens need account.read to read it and account.edit to change it", async () => {
  const ada = await apiMember();
  const [reader, editor] = [await tokenFor(ada, "account.read"), await tokenFor(ada, "account.edit")];
  assert.equal((await reader.get(PATH)).status, 200);
  assert.equal((await reader.patch(PATH, { comments: false })).status, 403);
  assert.equal((await editor.get(PATH)).status, 403);
  assert.equal((await editor.patch(PATH, { comments: false })).status, 200);
});

test("other values and fields are refused", async () => {
  const { api } = await apiMember();
  for (const sent of [{}, { comments: "off" }, { comments: null }, { comments: false, posts: false }])
    assert.equal((await api.patch(PATH, sent)).status, 422, JSON.stringify(sent));
  assert.deepEqual((await api.get(PATH)).body, { comments: true });
});
