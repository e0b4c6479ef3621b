import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { loggedIn, program } from "../../../support/api.js";
import { linkIn, mailAbout, newestMail } from "../../../support/mailbox.js";
import { member, newPerson } from "../../../support/users.js";

const anyone = program();

test("a client can register, confirm the email, log in, read the account, refresh its token and log out", async () => {
  const ada = newPerson();
  const opened = await anyone.post("/auth/register", ada);
  assert.equal(opened.status, 201);
  assert.equal(opened.body.username, ada.username);
  const link = linkIn(await mailAbout(ada.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  const confirmed = await anyone.post("/auth/confirm", { token: link.split("/").at(-1) });
  assert.equal(confirmed.status, 200);

  const login = await anyone.post("/auth/login", { email: ada.email, password: ada.password });
  assert.equal(login.status, 200);
  assert.equal(login.body.token_type, "Bearer");
  assert.equal(login.body.expires_in, 3600);
  const mine = program(login.body.access_token);
  const me = await mine.get("/users/me");
  assert.equal(me.body.email, ada.email);
  assert.ok(me.body.emailConfirmedAt);

  const next = await anyone.post("/auth/refresh", { refresh_token: login.body.refresh_token });
  assert.equal(next.status, 200);
  assert.equal((await program(next.body.access_token).get("/users/me")).status, 200);
  assert.equal((await program(next.body.access_token).post("/auth/logout")).status, 204);
  for (const token of [login.body.access_token, next.body.access_token]) {
    assert.equal((await program(token).get("/users/me")).status, 401);
  }
  assert.equal((await anyone.post("/auth/refresh", { refresh_token: next.body.refresh_token })).status, 401);
});

test("a client requests another confirmation email, and only its link works", async () => {
  const ada = newPerson();
  await anyone.post("/auth/register", ada);
  const readToken = async (count: number) =>
    linkIn(await newestMail(ada.email, count), "/email-confirmation/")
      .split("/")
      .at(-1);
  const first = await readToken(1);
  for (const email of [ada.email, newPerson().email]) {
    const { status, body } = await anyone.post("/auth/send-confirmation", { email });
    assert.equal(status, 202);
    assert.ok(body.message.startsWith(`We've sent an email to ${email}, unless`), body.message);
  }
  const second = await readToken(2);
  assert.equal((await anyone.post("/auth/confirm", { token: first })).status, 404);
  assert.equal((await anyone.post("/auth/confirm", { token: second, password: ada.password })).status, 200);
});

test("a request with the current ETag gives 304, and a response contains only the requested fields", async () => {
  const ada = await loggedIn(await member());
  const first = await ada.get("/users/me?fields=id,username");
  assert.deepEqual(Object.keys(first.body), ["id", "username"]);
  const tag = first.headers.get("etag") ?? "";
  assert.match(tag, /^"[\w-]{22}"$/);
  assert.equal((await ada.get("/users/me", { "if-none-match": tag })).status, 304);
  assert.equal((await ada.get("/users/me?fields=passwordHash")).status, 422);
});
