import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import mongoose from "mongoose";
import { root } from "../../src/config/index.js";
import { stopJobs } from "../../src/jobs/schedule.js";
import { whenAllWritten } from "../../src/lib/async/batch-writer.js";
import { ApiToken } from "../../src/models/api-token.js";
import { member, post } from "../support/users.js";
import { readToken, type Visitor, visitor } from "../support/visitor.js";

// Speed by counts that are the same on every machine. npm run bench measures the times.

type Costs = { commands: number; page: number; files: number; fileSize: number };
type Budget = { pages: Record<string, Costs>; loginCommands: Record<"known browser" | "new browser", number> };
const { pages: budget, loginCommands }: Budget = JSON.parse(readFileSync(`${root}docs/bench/budget.json`, "utf8"));

const stranger = visitor();
const ada = await member();
const address = await post(ada, { title: "A post", body: "Some text.", visibility: "public" });
for (let n = 1; n < 10; n += 1) await post(ada, { title: `Post ${n}`, body: "Some text.", visibility: "public" });
const expiresAt = new Date(Date.now() + 86_400_000);
const issued = await ApiToken.issue(ada.id, { description: "x", scopes: ["account.read"], expiresAt });
const authorization = `Bearer ${issued?.secret}`;

/** Each page of the budget: who asks for it, and where it is. */
const pages: Record<string, { who: Visitor; path: string; headers?: Record<string, string> }> = {
  home: { who: stranger, path: "/" },
  login: { who: stranger, path: "/login" },
  register: { who: stranger, path: "/register" },
  "post, read by a stranger": { who: stranger, path: address },
  "post, read by its author": { who: ada, path: address },
  "list of posts": { who: stranger, path: "/posts" },
  dashboard: { who: ada, path: "/dashboard" },
  "new post": { who: ada, path: "/posts/new" },
  profile: { who: ada, path: "/account/profile" },
  "devices and sessions": { who: ada, path: "/account/sessions" },
  activity: { who: ada, path: "/account/activity" },
  "GET users/me by API token": { who: stranger, path: "/api/v1/users/me", headers: { authorization } },
};

let commands = 0;
const count = ({ commandName }: { commandName: string }) => {
  if (!["hello", "ping", "endSessions"].includes(commandName)) commands += 1;
};
before(async () => {
  await stopJobs();
  mongoose.connection.getClient().on("commandStarted", count);
});
after(() => void mongoose.connection.getClient().off("commandStarted", count));

const kB = (text: string): number => Math.round(gzipSync(text).length / 100) / 10;

/** Returns what a page costs when it is asked for the second time: the first time can fill a cache. */
async function measure({ who, path, headers = {} }: (typeof pages)[string]): Promise<Costs> {
  await who.get(path, headers);
  await whenAllWritten();
  commands = 0;
  const { status, text } = await who.get(path, headers);
  assert.equal(status, 200, path);
  const asked = commands;
  const files = new Set(
    [...text.matchAll(/<(?:link|script)\b[^>]*(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? ""),
  );
  const contents = await Promise.all([...files].map((file) => stranger.get(file)));
  const fileSize = contents.reduce((sum, file) => sum + kB(file.text), 0);
  return { commands: asked, page: kB(text), files: files.size, fileSize: Math.round(fileSize * 10) / 10 };
}

test("every page of the budget is known, and the other way round", () => {
  assert.deepEqual(Object.keys(pages), Object.keys(budget));
});

for (const [name, page] of Object.entries(pages)) {
  test(`${name} stays within its budget`, async () => {
    const costs = await measure(page);
    const allowed = budget[name];
    for (const [what, cost] of Object.entries(costs) as [keyof Costs, number][])
      assert.ok(
        cost <= (allowed?.[what] ?? 0),
        `${what}: ${cost}, allowed ${allowed?.[what]}; ${JSON.stringify(costs)}`,
      );
  });
}

for (const login of [ada.username, ada.email]) {
  test(`a login with a known browser stays within its budget: ${login}`, async () => {
    await countLogin(stranger, login); // the browser becomes known
    assert.equal(await countLogin(stranger, login), loginCommands["known browser"]);
  });
}

test("a login with a new browser stays within its budget, with the email about it", async () => {
  assert.equal(await countLogin(visitor(), ada.email), loginCommands["new browser"]);
});

/** Returns the number of commands of a login of ada, with rate limits on. */
async function countLogin({ cookies, get, send }: Visitor, login: string): Promise<number> {
  cookies.delete("sid");
  const _csrf = readToken((await get("/login")).text);
  await whenAllWritten();
  commands = 0;
  const { status } = await send("/login", { _csrf, login, password: ada.password });
  assert.equal(status, 303);
  await whenAllWritten();
  return commands;
}
