import "../support/environment.js";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sow } from "../../scripts/seed/sow.js";
import { visibilities } from "../../src/definitions/visibility.js";
import { Comment } from "../../src/models/comment.js";
import { Domain } from "../../src/models/domain.js";
import { Invitation } from "../../src/models/invitation.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { codeFor } from "../support/users/factors.js";
import { newPerson } from "../support/users.js";
import { visitor } from "../support/visitor.js";

const script = fileURLToPath(new URL("../../scripts/seed.js", import.meta.url));

async function logIn(login: string, password: string) {
  const browser = visitor();
  const page = await browser.submit("/login", { login, password });
  return { ...browser, status: page.status, location: page.location };
}

test("there are users with posts of every visibility, and each can log in", async () => {
  const { people, password, written } = await sow();
  const usernames = people.map(({ username }) => username);
  assert.equal(written, await Post.countDocuments());
  assert.ok(usernames.length >= 10 && written >= 40);
  for (const visibility of visibilities) assert.ok(await Post.exists({ visibility }), visibility);
  for (const username of usernames) assert.equal((await logIn(username, password)).status, 303, username);
  assert.ok((await Comment.countDocuments()) >= 8);
  assert.match((await visitor().get("/posts?page=2")).text + (await visitor().get("/posts")).text, /\d comments?</);
  const first = "rosa";
  const dashboard = await (await logIn(first, password)).get("/dashboard");
  assert.match(dashboard.text, new RegExp(`Hello, ${first}<`));
  assert.match(dashboard.text, /Draft/);
});

test("each user has the printed role and a name; some cannot log in", async () => {
  const { people, others, password } = await sow();
  const is = new Map(people.map((one) => [one.username, one.is]));
  const readStatus = async (username: string, path: string) =>
    (await (await logIn(username, password)).get(path)).status;
  for (const [role, path] of [
    ["superadmin", "/admin/domains/roof-garden/edit"],
    ["admin", "/admin/users"],
    ["admin of Roof garden", "/admin/domains/roof-garden"],
    ["member of Roof garden", "/domains/roof-garden"],
  ] as const) {
    const username = [...is].find(([, what]) => what === role)?.[0] ?? assert.fail(role);
    assert.equal(await readStatus(username, path), 200, role);
  }
  assert.ok([...is.values()].includes("editor"));
  assert.equal(await readStatus("marta", "/domains/roof-garden"), 404);
  assert.match((await visitor().get("/users/rosa")).text, /Rosa Ferrer/);
  assert.deepEqual(
    others.map(({ is }) => is),
    ["unconfirmed", "disabled", "invited as editor"],
  );
  assert.equal((await logIn("viktor", password)).status, 401);
  assert.equal((await logIn("paul", password)).location, "/email-confirmation");
  assert.equal(await Invitation.countDocuments({ acceptedAt: null }), 1);
  assert.match((await (await logIn("hanna", password)).get("/admin/invitations")).text, /lou@demo/);
});

test("the lists look natural: each post has its own day, in order", async () => {
  const posts = await Post.find({ visibility: "public" }).sort({ "place.public": -1 });
  const days = posts.map(({ publishedAt }) => publishedAt?.toISOString().slice(0, 10) ?? "");
  assert.deepEqual(days, days.toSorted().reverse());
  assert.equal(new Set(days).size, days.length);
});

test("seeding again adds nothing, keeps changes, and renews the password", async () => {
  const before = await sow();
  const [first = ""] = before.people.map(({ username }) => username);
  await User.updateOne({ username: first }, { bio: "Written by hand." });
  const again = await sow();
  assert.equal(again.written, 0);
  const everyone = [...again.people.map(({ username }) => username), "paul", "viktor"];
  assert.deepEqual((await User.find()).map(({ username }) => username).sort(), everyone.sort());
  assert.equal(await Domain.countDocuments(), 2);
  assert.equal(await Invitation.countDocuments(), 1);
  assert.equal((await User.findPublic(first))?.bio, "Written by hand.");
  assert.notEqual(again.password, before.password);
  assert.equal((await logIn(first, before.password)).status, 401);
  assert.equal((await logIn(first, again.password)).status, 303);
});

test("one user has an authenticator app, with a new key in each run", async () => {
  const before = await sow();
  const { app, password } = await sow();
  assert.notEqual(app.key, before.app.key);
  const browser = await logIn(app.username, password);
  assert.equal(browser.location, "/login/second-factor");
  assert.equal((await browser.submit("/login/second-factor", { code: codeFor(before.app.key) })).status, 401);
  assert.equal((await browser.submit("/login/second-factor", { code: codeFor(app.key) })).location, "/dashboard");
});

test("another user's account is not taken over", async () => {
  const { password } = await sow();
  const name = "marta";
  await User.deleteOne({ username: name });
  const person = { ...newPerson(), username: name };
  await visitor().submit("/register", person);
  await assert.rejects(sow(), new RegExp(`${name}: This username is taken`));
  assert.equal((await logIn(name, password)).status, 401);
  assert.equal((await logIn(name, person.password)).status, 303);
});

test("seeding is refused in production", async () => {
  const secret = "w8Yx2mQp7Lr4Kt9Zc3Vb6Nd1Hf5Jg0Sa";
  const production = {
    NODE_ENV: "production",
    MONGODB_URI: "mongodb://127.0.0.1:9/nowhere",
    BASE_URL: "https://accounts.test",
    SESSION_SECRET: secret,
    PASSWORD_PEPPER: [...secret].reverse().join(""),
    BCRYPT_COST: "",
    RATE_LIMITS: "",
  };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const env = { ...process.env, ...production };
    execFile(process.execPath, [script], { env }, (error, _out, stderr) => resolve({ code: error?.code, stderr }));
  });
  assert.equal(code, 1);
  assert.match(stderr, /doesn't run in production/);
});
