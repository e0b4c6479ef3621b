import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { scopes } from "../../../src/definitions/scopes.js";
import { User } from "../../../src/models/user.js";
import { readToken } from "../../support/api/tokens.js";
import { member, newPerson, withRole } from "../../support/users.js";

type Robot = Awaited<ReturnType<typeof readToken>>;
type Ask = (robot: Robot, about: { user: string; post: string }) => Promise<{ status: number; headers: Headers }>;

const long = { title: "A long post", body: "Many words. ".repeat(500), visibility: "public" };

/** Calls that return one complete resource. Its ETag is strong, because If-Match needs a strong one. */
const things: Record<string, Ask> = {
  "write a post": (robot) => robot.post("/posts", long),
  "read a post": (robot, { post }) => robot.get(`/posts/${post}`),
  "change a post": (robot, { post }) => robot.patch(`/posts/${post}`, { body: `${long.body} And more.` }),
  "read oneself": (robot) => robot.get("/users/me"),
  "change oneself": (robot) => robot.patch("/users/me", { bio: "Words. ".repeat(20) }),
  "read a user": (robot, { user }) => robot.get(`/users/${user}`),
  "change a user": (robot, { user }) => robot.patch(`/users/${user}`, { disabled: true, reason: "Spam." }),
  "create a domain": (robot) => robot.post("/domains", { name: "Long words ".repeat(5), slug: "long-words" }),
  "read a domain": (robot) => robot.get("/domains/long-words"),
  "open an account": (robot) => robot.post("/users", { ...newPerson() }),
};
const lists: Record<string, Ask> = {
  "list posts": (robot) => robot.get("/posts"),
  "list users": (robot) => robot.get("/users"),
  "list audit events": (robot) => robot.get("/audit-events"),
};

async function prepared() {
  const [root, ada] = [await withRole("superadmin"), await member()];
  const robot = await readToken(root, ...scopes);
  const written = [];
  for (let n = 0; n < 5; n += 1) written.push(await robot.post("/posts", long));
  const { id: user } = await User.findOne({ username: ada.username }).orFail();
  return { robot, about: { user: user as string, post: written[0]?.body.id as string } };
}

test("a response with a strong ETag is not compressed, and tells proxies not to compress it", async () => {
  const { robot, about } = await prepared();
  for (const [name, ask] of Object.entries(things)) {
    const { status, headers } = await ask(robot, about);
    assert.ok(status < 300, `${name}: ${status}`);
    assert.match(headers.get("etag") ?? "", /^"[\w-]{22}"$/, name);
    assert.equal(headers.get("content-encoding"), null, name);
    assert.match(headers.get("cache-control") ?? "", /^(private, no-cache|no-store), no-transform$/, name);
  }
});

test("lists have weak ETags, so that they may be compressed", async () => {
  const { robot, about } = await prepared();
  for (const [name, ask] of Object.entries(lists)) {
    const { headers } = await ask(robot, about);
    assert.match(headers.get("etag") ?? "", /^W\/"[\w-]{22}"$/, name);
    assert.equal(headers.get("content-encoding"), "gzip", name);
    assert.equal(headers.get("cache-control"), "private, no-cache", name);
  }
});
