import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { member } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

test("a logout ends the session on the server and in the browser", async () => {
  const ada = await member();
  const stolen = visitor();
  for (const [name, value] of ada.cookies) stolen.cookies.set(name, value);
  assert.equal((await stolen.get("/dashboard")).status, 200);
  const answer = await ada.submit("/dashboard", {}, "/logout");
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/");
  assert.match(answer.headers.get("clear-site-data") ?? "", /"cache"/);
  assert.ok(!ada.cookies.has("sid"));
  assert.match((await ada.get("/")).text, /You are logged out/);
  assert.equal((await ada.get("/dashboard")).location, "/login");
  assert.equal((await stolen.get("/dashboard")).location, "/login", "a copy of the cookie is invalid");
});

test("a logout ends only this session, and logging out again changes nothing", async () => {
  const ada = await member();
  const phone = visitor();
  await phone.submit("/login", { login: ada.username, password: ada.password });
  const { text } = await ada.get("/dashboard");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
  const clicks = await Promise.all([ada.send("/logout", { _csrf }), ada.send("/logout", { _csrf })]);
  for (const click of clicks) assert.ok([303, 403].includes(click.status), String(click.status));
  assert.equal((await ada.get("/dashboard")).status, 303);
  assert.equal((await phone.get("/dashboard")).status, 200);
});

test("a GET request to the logout address does not log the user out", async () => {
  const ada = await member();
  assert.equal((await ada.get("/logout")).status, 405);
  assert.equal((await ada.get("/dashboard")).status, 200);
});
