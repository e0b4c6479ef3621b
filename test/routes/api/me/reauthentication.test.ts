import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { ApiSession } from "../../../../src/models/api-session.js";
import { type ApiMember, apiMember } from "../../../support/api/users.js";
import { program } from "../../../support/api.js";

const MINUTES = 60_000;
const wanted = { description: "A robot", scopes: ["posts.read"], expiresInDays: 1 };
const confirm = ({ api }: ApiMember, password: unknown) => api.post("/users/me/reauthentication", { password });

/** A user with a login from an hour ago. */
async function withOldLogin() {
  const ada = await apiMember();
  await ApiSession.updateMany({ user: ada.id }, { beganAt: new Date(Date.now() - 60 * MINUTES) });
  assert.equal((await ada.api.post("/tokens", wanted)).status, 403);
  return ada;
}

afterEach(() => mock.timers.reset());

test("after the password, the new access token works where a recent login is required", async () => {
  const ada = await withOldLogin();
  const { status, body } = await confirm(ada, ada.password);
  assert.equal(status, 200);
  assert.equal(body.recent_for, 600);
  assert.equal((await program(body.access_token).post("/tokens", wanted)).status, 201);
});

test("older tokens of the login stay valid, but not recent, also after a refresh", async () => {
  const ada = await withOldLogin();
  const fresh = (await confirm(ada, ada.password)).body.access_token;
  assert.equal((await ada.api.get("/users/me")).status, 200);
  assert.equal((await ada.api.post("/tokens", wanted)).status, 403);
  const next = await program().post("/auth/refresh", { refresh_token: ada.api.tokens.refresh_token });
  assert.equal((await program(next.body.access_token).post("/tokens", wanted)).status, 403);
  assert.equal((await program(fresh).post("/tokens", wanted)).status, 201);
});

test("the login is recent for ten minutes, and the token stays valid after that", async () => {
  const ada = await withOldLogin();
  const fresh = program((await confirm(ada, ada.password)).body.access_token);
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 9 * MINUTES });
  assert.equal((await fresh.post("/tokens", wanted)).status, 201);
  mock.timers.tick(2 * MINUTES);
  assert.equal((await fresh.post("/tokens", wanted)).status, 403);
  assert.equal((await fresh.get("/users/me")).status, 200);
});

test("the new token ends with its login", async () => {
  const ada = await withOldLogin();
  const fresh = program((await confirm(ada, ada.password)).body.access_token);
  assert.equal((await ada.api.post("/auth/logout")).status, 204);
  assert.equal((await fresh.get("/users/me")).status, 401);
});

test("a wrong, missing or malformed password gets no token", async () => {
  const ada = await withOldLogin();
  for (const password of ["not the password", "", undefined, 7, { $ne: "" }]) {
    const { status, body } = await confirm(ada, password);
    assert.equal(status, 422, String(password));
    assert.equal(body.errors[0].pointer, "#/password");
    assert.equal(body.access_token, undefined);
  }
  const unknown = await ada.api.post("/users/me/reauthentication", { password: ada.password, sid: "x" });
  assert.equal(unknown.body.errors[0].pointer, "#/sid");
});
