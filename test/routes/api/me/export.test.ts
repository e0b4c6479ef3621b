import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiSession } from "../../../../src/models/api-session.js";
import { Export } from "../../../../src/models/export.js";
import { type ApiMember, apiMember } from "../../../support/api/users.js";
import { origin } from "../../../support/app.js";
import { until } from "../../../support/until.js";
import { unzipped } from "../../../support/zips.js";

const PATH = "/users/me/export";

/** Downloads a file with a token. */
async function download({ api }: ApiMember, url: string, method = "GET") {
  const answer = await fetch(origin + new URL(url).pathname, {
    method,
    headers: { authorization: `Bearer ${api.tokens.access_token}` },
  });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function exported({ api }: ApiMember) {
  const { status, body } = await api.post(PATH);
  assert.equal(status, 202, JSON.stringify(body));
  await until("the export is ready", async () => (await api.get(PATH)).body.state === "ready");
  return (await api.get(PATH)).body;
}

test("a user requests an export, follows its state, and downloads both files", async () => {
  const ada = await apiMember();
  const none = { state: "none", requestedAt: null, readyAt: null, expiresAt: null, json: null, zip: null };
  assert.deepEqual((await ada.api.get(PATH)).body, none);
  const { json, zip, expiresAt } = await exported(ada);
  assert.ok(Date.parse(expiresAt) > Date.now());
  const data = await download(ada, json.url);
  assert.equal(data.status, 200);
  assert.match(data.headers.get("content-type") ?? "", /^application\/json/);
  assert.match(data.headers.get("content-disposition") ?? "", /^attachment; filename="?data-/);
  assert.equal(data.headers.get("cache-control"), "no-store");
  assert.equal(data.bytes.length, json.bytes);
  assert.equal(JSON.parse(data.bytes.toString()).account.username, ada.username);
  const archive = await download(ada, zip.url);
  assert.equal(archive.headers.get("content-type"), "application/zip");
  assert.ok((await unzipped(archive.bytes)) !== undefined);
  assert.equal((await download(ada, json.url, "HEAD")).bytes.length, 0);
});

test("two requests at once make one export", async () => {
  const { api, id } = await apiMember();
  const answers = await Promise.all([api.post(PATH), api.post(PATH)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202],
  );
  assert.equal(await Export.countDocuments({ user: id }), 1);
});

test("nobody downloads the export of another user", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const { json, zip } = await exported(ada);
  for (const { url } of [json, zip]) assert.equal((await download(bob, url)).status, 404);
  for (const id of ["0".repeat(24), "x", "..%2f"])
    assert.equal((await bob.api.get(`${PATH}/${id}/data.json`)).status, 404, id);
  assert.equal((await bob.api.get(PATH)).body.state, "none");
});

test("asking and downloading require a recent login, the state does not", async () => {
  const ada = await apiMember();
  const { json, zip } = await exported(ada);
  await ApiSession.updateMany({ user: ada.id }, { beganAt: new Date(Date.now() - 3_600_000) });
  for (const { url } of [json, zip]) assert.equal((await download(ada, url)).status, 403);
  assert.equal((await ada.api.post(PATH)).status, 403);
  assert.equal((await ada.api.get(PATH)).body.state, "ready");
});
