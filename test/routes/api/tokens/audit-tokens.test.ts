import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { scopes } from "../../../../src/definitions/scopes.js";
import { endpoints } from "../../../../src/forms/api/index.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { readToken } from "../../../support/api/tokens.js";
import { origin } from "../../../support/app.js";
import { jpeg } from "../../../support/avatars/avatars.js";
import { member, newPerson, withRole } from "../../../support/users.js";

const getId = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).id as string;
const post = { title: "A post", body: "Text.", visibility: "public" };

type Robot = Awaited<ReturnType<typeof readToken>>;
/** The newest invitation that the robot sees. */
const newest = async (robot: Robot) => (await robot.get("/invitations?limit=1")).body.data[0].id as string;
const club = { name: "The garden club", slug: "garden-club" };

/** The newest comment of the robot. */
const newestComment = async (robot: Robot, { post: id }: About) =>
  (await robot.get(`/posts/${id}/comments`)).body.data.at(-1).id as string;

/** Uploads an avatar, which is no JSON. */
const upload = async ({ token }: Robot) =>
  fetch(`${origin}/api/v1/users/me/avatar`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "image/jpeg" },
    body: (await jpeg()) as Uint8Array<ArrayBuffer>,
  });

type Trial = { send: (robot: Robot, about: About) => Promise<{ status: number }>; events: string[] };
/** A user and their post, which the calls are about. */
type About = { user: string; name: string; post: string };

/** Every call that an API token can make a change with, and its audit events. Changes of own posts and comments write none. */
const trials: Record<string, Trial> = {
  "patch /users/me": { send: (robot) => robot.patch("/users/me", { firstName: "Ada" }), events: [] },
  "patch /users/me/notifications": {
    send: (robot) => robot.patch("/users/me/notifications", { comments: false }),
    events: [],
  },
  "post /users": {
    send: (robot) => robot.post("/users", { ...newPerson() }),
    events: ["user.registered"],
  },
  "post /users/:id/roles": {
    send: (robot, { user }) => robot.post(`/users/${user}/roles`, { role: "editor" }),
    events: ["role.granted"],
  },
  "delete /users/:id/roles/:role": {
    send: (robot, { user }) => robot.delete(`/users/${user}/roles/editor`),
    events: ["role.revoked"],
  },
  "delete /users/:id/roles": {
    send: (robot, { user }) => robot.delete(`/users/${user}/roles`, { role: "editor" }),
    events: [],
  },
  "post /posts": { send: (robot) => robot.post("/posts", post), events: [] },
  "patch /posts/:id": {
    send: (robot, { post: id }) => robot.patch(`/posts/${id}`, { title: "Corrected" }),
    events: ["post.edited"],
  },
  "post /posts/:id/comments": {
    send: (robot, { post: id }) => robot.post(`/posts/${id}/comments`, { body: "Well said." }),
    events: [],
  },
  "patch /comments/:id": {
    send: async (robot, about) => robot.patch(`/comments/${await newestComment(robot, about)}`, { body: "Well put." }),
    events: [],
  },
  "delete /comments/:id": {
    send: async (robot, about) => robot.delete(`/comments/${await newestComment(robot, about)}`),
    events: [],
  },
  "delete /users/me/avatar": { send: (robot) => robot.delete("/users/me/avatar"), events: [] },
  "post /users/me/avatar": { send: upload, events: ["picture.uploaded"] },
  "delete /posts/:id": { send: (robot, { post: id }) => robot.delete(`/posts/${id}`), events: ["post.deleted"] },
  "post /domains": { send: (robot) => robot.post("/domains", club), events: ["domain.opened"] },
  "patch /domains/:slug": {
    send: (robot) => robot.patch("/domains/garden-club", { name: "The film club" }),
    events: ["domain.renamed"],
  },
  "post /domains/:slug/members": {
    send: (robot, { name }) => robot.post("/domains/garden-club/members", { user: name, role: "user" }),
    events: ["domain.member-added"],
  },
  "patch /domains/:slug/members/:id": {
    send: (robot, { user }) => robot.patch(`/domains/garden-club/members/${user}`, { role: "editor" }),
    events: ["domain.role-changed"],
  },
  "delete /domains/:slug/members/:id": {
    send: (robot, { user }) => robot.delete(`/domains/garden-club/members/${user}`),
    events: ["domain.member-removed"],
  },
  "delete /domains/:slug": { send: (robot) => robot.delete("/domains/garden-club"), events: ["domain.closed"] },
  "post /invitations": {
    send: (robot) => robot.post("/invitations", { email: newPerson().email, role: "user" }),
    events: ["invitation.sent"],
  },
  "post /invitations/:id/resend": {
    send: async (robot) => robot.post(`/invitations/${await newest(robot)}/resend`),
    events: ["invitation.sent"],
  },
  "delete /invitations/:id": {
    send: async (robot) => robot.delete(`/invitations/${await newest(robot)}`),
    events: ["invitation.revoked"],
  },
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
  const about = { user: await getId(ada), name: ada.username, post: (await writing.post("/posts", post)).body.id };
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
