import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn } from "../../../support/api.js";
import { visitor } from "../../../support/visitor.js";

const PATH = "/users/me/sessions";
type Session = { handle: string; kind: string; current: boolean; ip: string; loggedInAt: string; description: string };

test("a user sees browsers and programs, and which one makes the call", async () => {
  const { api, ...ada } = await apiMember();
  await loggedIn(ada);
  const { status, body } = await api.get(PATH);
  assert.equal(status, 200);
  const sessions: Session[] = body.data;
  assert.deepEqual(sessions.map(({ kind, current }) => [kind, current]).sort(), [
    ["browser", false],
    ["program", false],
    ["program", true],
  ]);
  assert.equal(sessions[0]?.current, true, "this login comes first");
  assert.match(sessions[0]?.description ?? "", /node/);
  assert.doesNotMatch(JSON.stringify(body), /hash|epoch|generation|token/i);
});

test("one login is ended, the others stay; ended twice, it is not found", async () => {
  const { api, ...ada } = await apiMember();
  const other = await loggedIn(ada);
  const [mine, theirs] = ["current", "other"].map((which) => (one: Session) => one.current === (which === "current"));
  const found: Session[] = (await other.get(PATH)).body.data.filter(({ kind }: Session) => kind === "program");
  const first = found.find(theirs as (one: Session) => boolean);
  assert.equal((await other.delete(`${PATH}/${first?.handle}`)).status, 204);
  assert.equal((await api.get("/users/me")).status, 401);
  assert.equal((await other.delete(`${PATH}/${first?.handle}`)).status, 404);
  assert.equal((await ada.get("/dashboard")).status, 200);
  const own = found.find(mine as (one: Session) => boolean);
  assert.equal((await other.delete(`${PATH}/${own?.handle}`)).status, 204);
  assert.equal((await other.get("/users/me")).status, 401, "its own login ends too");
});

test("a browser is logged out by its handle", async () => {
  const { api, ...ada } = await apiMember();
  const browser = (await api.get(PATH)).body.data.find(({ kind }: Session) => kind === "browser");
  assert.equal((await api.delete(`${PATH}/${browser.handle}`)).status, 204);
  assert.equal((await ada.get("/dashboard")).location?.split("?")[0], "/login");
  assert.equal((await api.get("/users/me")).status, 200);
});

test("all others are ended at once, also twice in parallel; this login and API tokens stay", async () => {
  const { api, ...ada } = await apiMember();
  const [other, robot] = [await loggedIn(ada), await tokenFor(ada, "account.read")];
  await visitor().submit("/login", { login: ada.username, password: ada.password });
  const answers = await Promise.all([api.delete(PATH), api.delete(PATH)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [204, 204],
  );
  assert.equal((await other.get("/users/me")).status, 401);
  assert.equal((await ada.get("/dashboard")).location?.split("?")[0], "/login");
  assert.equal((await robot.get("/users/me")).status, 200);
  const left: Session[] = (await api.get(PATH)).body.data;
  assert.deepEqual(
    left.map(({ current }) => current),
    [true],
  );
  assert.equal((await AuditEvent.listForUser(ada.id)).events[0]?.event, "session.ended-others");
});

test("nobody ends the sessions of another user", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const handles: string[] = (await bob.api.get(PATH)).body.data.map(({ handle }: Session) => handle);
  for (const handle of [...handles, "0".repeat(24), "x", "%7B%7D"])
    assert.equal((await ada.api.delete(`${PATH}/${handle}`)).status, 404, handle);
  assert.equal((await bob.api.get(PATH)).body.data.length, handles.length);
});

test("a user names a browser, and the page shows the name", async () => {
  const { api, ...ada } = await apiMember();
  const browser = (await api.get(PATH)).body.data.find(({ kind }: Session) => kind === "browser");
  const named = await api.patch(`${PATH}/${browser.handle}`, { name: "Laptop in the kitchen" });
  assert.deepEqual([named.status, named.body], [200, { ...browser, name: "Laptop in the kitchen" }]);
  assert.match((await ada.get("/account/sessions")).text, /Laptop in the kitchen/);
  for (const sent of [{}, { name: "x".repeat(61) }, { name: ["x"] }, { name: "x", current: true }])
    assert.equal((await api.patch(`${PATH}/${browser.handle}`, sent)).status, 422, JSON.stringify(sent));
  assert.equal((await api.patch(`${PATH}/${browser.handle}`, { name: "" })).body.name, "");
});

test("programs have no name, and the browsers of others are not found", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const sessions: Session[] = (await ada.api.get(PATH)).body.data;
  const own = sessions.find(({ kind }) => kind === "program");
  const browser = sessions.find(({ kind }) => kind === "browser");
  assert.equal((await ada.api.patch(`${PATH}/${own?.handle}`, { name: "Robot" })).status, 409);
  assert.equal((await bob.api.patch(`${PATH}/${browser?.handle}`, { name: "Robot" })).status, 404);
  assert.doesNotMatch((await ada.get("/account/sessions")).text, /Robot/);
});
