import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { scopes } from "../../../src/definitions/scopes.js";
import { endpoints } from "../../../src/forms/api/index.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { readToken } from "../../support/api/tokens.js";
import { member, newPerson, withRole } from "../../support/users.js";

const getId = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).id as string;
const post = { title: "A post", body: "Text.", visibility: "public" };

type Robot = Awaited<ReturnType<typeof readToken>>;
type Trial = { send: (robot: Robot, about: About) => Promise<{ status: number }>; events: string[] };
/** The ids of the user and the post that the calls are about. */
type About = { user: string; post: string };

/** Every call that an API token can make a change with, and its audit events. Changes of own posts write none. */
const trials: Record<string, Trial> = {
  "patch /users/me": { send: (robot) => robot.patch("/users/me", { firstName: "Ada" }), events: [] },
  "post /users": {
    send: (robot) => robot.post("/users", { ...newPerson() }),
    events: ["user.registered"],
  },
  "post /users/:id/roles": {
    send: (robot, { user }) => robot.post(`/users/${user}/roles`, { role: "editor" }),
    events: ["role.granted"],
  },
  "delete /users/:id/roles": {
    send: (robot, { user }) => robot.delete(`/users/${user}/roles`, { role: "editor" }),
    events: ["role.revoked"],
  },
  "post /posts": { send: (robot) => robot.post("/posts", post), events: [] },
  "patch /posts/:id": {
    send: (robot, { post: id }) => robot.patch(`/posts/${id}`, { title: "Corrected" }),
    events: ["post.edited"],
  },
  "delete /posts/:id": { send: (robot, { post: id }) => robot.delete(`/posts/${id}`), events: ["post.deleted"] },
  "patch /users/:id": {
    send: (robot, { user }) => robot.patch(`/users/${user}`, { disabled: true, reason: "Spam." }),
    events: ["user.disabled"],
  },
  "delete /users/:id": {
    send: (robot, { user }) => robot.delete(`/users/${user}`, { reason: "Spam." }),
    events: ["deletion.imposed"],
  },
};

test("the audit events of a call with an API token record the token", async () => {
  const changing = endpoints.filter(({ scope, method }) => scope !== null && method !== "get");
  assert.deepEqual(Object.keys(trials).sort(), changing.map(({ method, path }) => `${method} ${path}`).sort());
  const [root, ada] = [await withRole("superadmin"), await member()];
  const robot = await readToken(root, ...scopes);
  const writing = await readToken(ada, "posts.write", "posts.read");
  const about = { user: await getId(ada), post: (await writing.post("/posts", post)).body.id };
  const token = `A robot (${robot.token.slice(0, 8)}…)`;
  for (const [call, { send, events }] of Object.entries(trials)) {
    const [last] = await AuditEvent.find().sort({ _id: -1 }).limit(1);
    const { status } = await send(robot, about);
    assert.ok(status < 300, `${call}: ${status}`);
    const written = (await AuditEvent.find().sort({ _id: 1 }).lean()).filter(
      ({ _id, details }) => String(_id) > String(last?._id) && (details as { via?: string } | undefined)?.via === "api",
    );
    assert.deepEqual(
      written.map(({ event }) => event),
      events,
      call,
    );
    for (const { event, details } of written)
      assert.equal((details as unknown as { token: string }).token, token, event);
  }
  const log = (await root.get(`/admin/audit-log?person=${about.user}&event=user.disabled`)).text;
  assert.match(log, new RegExp(`<dt>API token</dt> <dd[^>]*>A robot \\(${robot.token.slice(0, 8)}…\\)</dd>`));
});

test("the activity page names the user's own API tokens, but not those of an admin", async () => {
  const [root, ada] = [await withRole("superadmin"), await member()];
  const robot = await readToken(root, ...scopes);
  assert.equal((await robot.post(`/users/${await getId(ada)}/roles`, { role: "editor" })).status, 200);
  const own = (await ada.get("/account/activity")).text;
  assert.match(own, /You were given a role/);
  assert.doesNotMatch(own, /A robot|pst_/);
  const user = await getId(ada);
  const details = { via: "api", token: "<Backup> (pst_Ab3x…)" };
  await AuditEvent.append({ event: "picture.removed", user, actor: null, ip: "", agent: "", request: "", details });
  assert.match((await ada.get("/account/activity")).text, /with the API token <q>&lt;Backup&gt; \(pst_Ab3x…\)<\/q>/);
});

test("the events of browsers and logged-in clients record no token", async () => {
  const ada = await member();
  await readToken(ada, "account.read");
  const events = await AuditEvent.find({ user: await getId(ada) }).lean();
  assert.ok(events.some(({ event }) => event === "api-token.made"));
  assert.equal(JSON.stringify(events).includes('"token"'), false);
});
