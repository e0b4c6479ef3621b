import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { origin } from "../../../support/app.js";
import { createPicture, createPng, jpeg } from "../../../support/avatars/avatars.js";

const PATH = "/users/me/avatar";
type Body = Exclude<RequestInit["body"], undefined>;

/** Uploads without JSON. */
async function upload(token: string, body: Body, type?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(type && { "content-type": type }) };
  const answer = await fetch(`${origin}/api/v1${PATH}`, { method: "POST", headers, body });
  return { status: answer.status, body: JSON.parse((await answer.text()) || "{}") };
}

function formWith(bytes: Uint8Array, field = "avatar", more: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  form.set(field, new File([bytes as Uint8Array<ArrayBuffer>], "me.jpg", { type: "image/jpeg" }));
  return form;
}

const ways: Record<string, (bytes: Uint8Array) => [Body, string?]> = {
  "as a form": (bytes) => [formWith(bytes)],
  "as the body": (bytes) => [bytes as Uint8Array<ArrayBuffer>, "image/jpeg"],
};

for (const [how, send] of Object.entries(ways)) {
  test(`a picture sent ${how} is processed, shown and deleted`, async () => {
    const { api, ...ada } = await apiMember();
    assert.deepEqual((await api.get(PATH)).body, { state: "none", picture: null, refusal: null });
    const { status, body } = await upload(api.tokens.access_token ?? "", ...send(await jpeg()));
    assert.equal(status, 202, JSON.stringify(body));
    assert.ok(["processing", "ready"].includes(body.state));
    assert.ok(await createPicture(ada));
    const { body: ready } = await api.get(PATH);
    assert.deepEqual([ready.state, ready.refusal], ["ready", null]);
    assert.equal((await fetch(origin + new URL(ready.picture).pathname)).headers.get("content-type"), "image/jpeg");
    assert.equal((await api.get("/users/me")).body.picture, ready.picture);
    assert.equal((await api.delete(PATH)).status, 204);
    assert.equal((await api.delete(PATH)).status, 204, "and again");
    assert.equal((await api.get(PATH)).body.state, "none");
  });
}

test("API tokens need the scopes to read and to change the account", async () => {
  const ada = await apiMember();
  const robot = await tokenFor(ada, "account.read");
  assert.equal((await robot.get(PATH)).status, 200);
  assert.equal((await robot.delete(PATH)).status, 403);
  assert.equal((await (await tokenFor(ada, "account.edit")).get(PATH)).status, 403);
});

test("a picture that turns out to be broken is reported with the reason", async () => {
  const { api, ...ada } = await apiMember();
  const half = (await jpeg(800, 800)).subarray(0, 3_000);
  const { status, body } = await upload(api.tokens.access_token ?? "", formWith(half));
  if (status === 422) return assert.equal(body.errors[0].pointer, "#/avatar"); // found at once
  assert.equal(await createPicture(ada), null);
  const rejected = (await api.get(PATH)).body;
  assert.deepEqual([rejected.state, rejected.refusal.reason, rejected.picture], ["rejected", "broken", null]);
});

describe("refused, and nothing is stored", () => {
  const text = new TextEncoder().encode("<svg onload=alert(1)>");
  const tooLarge = new Uint8Array(config.uploadMaxBytes + 1);
  const bad: [what: string, status: number, send: () => Promise<[Body, string?]> | [Body, string?]][] = [
    ["text in a form", 422, () => [formWith(text)]],
    ["text that says that it is an image", 422, () => [text, "image/png"]],
    ["too many pixels", 422, () => [formWith(createPng(8_000, 8_000, 1))]],
    ["an empty image", 422, () => [new Uint8Array(0), "image/png"]],
    ["a form without an image", 422, () => [formWithText()]],
    ["another field", 400, async () => [formWith(await jpeg(), "picture")]],
    ["an additional field", 422, async () => [formWith(await jpeg(), "avatar", { user: "x" })]],
    ["a form that is too large", 413, () => [formWith(tooLarge)]],
    ["an image that is too large", 413, () => [tooLarge, "image/png"]],
    ["JSON", 415, () => [JSON.stringify({ avatar: "x" }), "application/json"]],
    ["an unknown type", 415, async () => [(await jpeg()) as Uint8Array<ArrayBuffer>, "application/octet-stream"]],
  ];
  for (const [what, status, send] of bad) {
    test(`${what}: ${status}`, async () => {
      const { api } = await apiMember();
      const answer = await upload(api.tokens.access_token ?? "", ...(await send()));
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.equal(answer.body.status, status, "a problem document");
      assert.equal((await api.get(PATH)).body.state, "none");
    });
  }

  test("an API token without the scope, and no token, before anything is read", async () => {
    const reader = await tokenFor(await apiMember(), "account.read");
    assert.equal((await reader.call("POST", PATH)).status, 403);
    assert.equal((await upload("", formWith(await jpeg()))).status, 401);
  });
});

function formWithText(): FormData {
  const form = new FormData();
  form.set("avatar", "x");
  return form;
}

test("a user has two uploads at a time; both end in one picture", async () => {
  const { api, ...ada } = await apiMember();
  const token = api.tokens.access_token ?? "";
  const answers = await Promise.all([
    upload(token, formWith(await jpeg(300, 200))),
    upload(token, formWith(await jpeg(200, 300))),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202],
  );
  assert.ok(await createPicture(ada));
  assert.equal((await api.get(PATH)).body.state, "ready");
});
