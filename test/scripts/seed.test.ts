import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sow } from "../../scripts/seed/sow.js";
import { visibilities } from "../../src/lib/visibility.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { newPerson } from "../support/people.js";
import { visitor } from "../support/visitor.js";

const script = fileURLToPath(new URL("../../scripts/seed.js", import.meta.url));

async function logIn(login: string, password: string) {
  const browser = visitor();
  const page = await browser.submit("/login", { login, password });
  return { ...browser, status: page.status };
}

test("there are people with posts of every visibility, and one can log in as any of them", async () => {
  const { usernames, password, written } = await sow();
  assert.equal(written, await Post.countDocuments());
  assert.ok(usernames.length >= 8 && written >= 40);
  for (const visibility of visibilities) assert.ok(await Post.exists({ visibility }), visibility);
  for (const username of usernames) assert.equal((await logIn(username, password)).status, 303, username);
  const [first = ""] = usernames;
  const dashboard = await (await logIn(first, password)).get("/dashboard");
  assert.match(dashboard.text, new RegExp(`Hello, ${first}<`));
  assert.match(dashboard.text, /Draft/);
});

test("the lists look lived in: every post on a day of its own, in the order of the dates", async () => {
  const posts = await Post.find({ visibility: "public" }).sort({ "place.public": -1 });
  const days = posts.map(({ publishedAt }) => publishedAt?.toISOString().slice(0, 10) ?? "");
  assert.deepEqual(days, days.toSorted().reverse());
  assert.equal(new Set(days).size, days.length);
});

test("sowing again adds nothing, keeps what was changed, and renews the password", async () => {
  const before = await sow();
  await User.updateOne({ username: before.usernames[0] ?? "" }, { bio: "Written by hand." });
  const again = await sow();
  assert.equal(again.written, 0);
  assert.equal(await User.countDocuments(), again.usernames.length);
  assert.equal((await User.findPublic(before.usernames[0] ?? ""))?.bio, "Written by hand.");
  assert.notEqual(again.password, before.password);
  const [first = ""] = again.usernames;
  assert.equal((await logIn(first, before.password)).status, 401);
  assert.equal((await logIn(first, again.password)).status, 303);
});

test("somebody's own account is not taken over", async () => {
  const { usernames, password } = await sow();
  const [name = ""] = usernames;
  await User.deleteOne({ username: name });
  const person = { ...newPerson(), username: name };
  await visitor().submit("/register", person);
  await assert.rejects(sow(), new RegExp(`${name} is somebody's already`));
  assert.equal((await logIn(name, password)).status, 401);
  assert.equal((await logIn(name, person.password)).status, 303);
});

test("production is refused", async () => {
  const secret = "w8Yx2mQp7Lr4Kt9Zc3Vb6Nd1Hf5Jg0Sa";
  const production = {
    NODE_ENV: "production",
    MONGODB_URI: "mongodb://127.0.0.1:9/nowhere",
    BASE_URL: "https://accounts.test",
    SESSION_SECRET: secret,
    PASSWORD_PEPPER: secret,
    BCRYPT_COST: "",
    RATE_LIMITS: "",
  };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const env = { ...process.env, ...production };
    execFile(process.execPath, [script], { env }, (error, _out, stderr) => resolve({ code: error?.code, stderr }));
  });
  assert.equal(code, 1);
  assert.match(stderr, /do not belong into production/);
});
