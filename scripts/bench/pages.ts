import assert from "node:assert/strict";
import type { Request } from "autocannon";
import pLimit from "p-limit";
import { PAGE_SIZE } from "../../src/lib/pagination.js";
import { TOKENS } from "./data.js";
import type { Target } from "./figures.js";
import { CONNECTIONS } from "./load.js";
import type { Scene } from "./stage.js";
import { logInProgram, type Person, pageRequest, read } from "./visits.js";

export interface Page {
  key: string;
  name: string;
  target: Target;
  /** The requests of one round: a single page, or many pages of one kind. */
  requests(scene: Scene, round: number): Request[] | Promise<Request[]>;
  /** The status of every answer, if not 200. */
  status?: number;
  /** True if rendering the page must not write to the database. */
  writesNothing?: true;
}

/** Maximum number of different pages of one kind per round. The next round uses others, if there are more. */
const SAMPLE = 2_048;

export const pages: Page[] = [
  {
    key: "login",
    name: "Login page",
    target: { atLeast: 0.75 },
    requests: () => [pageRequest("/login")],
    writesNothing: true,
  },
  {
    key: "register",
    name: "Registration page",
    target: { atLeast: 0.75 },
    requests: () => [pageRequest("/register")],
    writesNothing: true,
  },
  { key: "dashboard", name: "Dashboard", target: { atLeast: 0.45 }, requests: dashboards },
  { key: "post", name: "A public post", target: { atLeast: 0.6 }, requests: publicPosts },
  { key: "list", name: "Post list, page 1", target: { atLeast: 0.5 }, requests: () => [pageRequest("/posts")] },
  { key: "list-mixed", name: "Post list, any of 32 pages", target: { atLeast: 0.25 }, requests: neighbours },
  { key: "me", name: "GET users/me, by API token", target: { atLeast: 0.5 }, requests: byApiToken },
  { key: "me-login", name: "GET users/me, by access token", target: { atLeast: 0.5 }, requests: byAccessToken },
  { key: "write", name: "POST posts, by API token", target: { atLeast: 0.25 }, requests: newPosts, status: 201 },
];

function dashboards({ people, writers }: Scene, round: number): Request[] {
  return sample(people.slice(0, writers), round).map((person) => pageRequest("/dashboard", person));
}

const withToken = ({ people, writers }: Scene, round: number): Person[] =>
  sample(people.slice(0, Math.min(writers, TOKENS)), round);

/** Creates the request with which a program reads the account of its token. */
const readAccount = (token: string): Request => ({
  method: "GET",
  path: "/api/v1/users/me",
  headers: { authorization: `Bearer ${token}` },
});

function byApiToken(scene: Scene, round: number): Request[] {
  return withToken(scene, round).map(({ token }) => readAccount(token));
}

const accessTokens = new WeakMap<Scene, { since: number; tokens: string[] }>();
/** A login that waits too long for bcrypt is refused. */
const LOGINS_AT_ONCE = 4;
/** Shorter than the life of an access token. */
const FRESH_MS = 8 * 60_000;

/** Few tokens, because each costs a login, but enough for the rate limit of a user. */
async function byAccessToken(scene: Scene): Promise<Request[]> {
  let known = accessTokens.get(scene);
  if (!known || Date.now() - known.since > FRESH_MS) {
    const limit = pLimit(LOGINS_AT_ONCE);
    const people = scene.people.slice(0, 4 * CONNECTIONS);
    const tokens = await Promise.all(people.map((person) => limit(() => logInProgram(scene.app.origin, person))));
    known = { since: Date.now(), tokens };
    accessTokens.set(scene, known);
  }
  return known.tokens.map(readAccount);
}

/** Public posts, which are also numbered for the list of posts. */
function newPosts(scene: Scene, round: number): Request[] {
  const body = JSON.stringify({ title: "Written by a program", body: "Some *text*.", visibility: "public" });
  return withToken(scene, round).map(({ token }) => ({
    method: "POST",
    path: "/api/v1/posts",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body,
  }));
}

function publicPosts({ posts }: Scene, round: number): Request[] {
  const open = posts.filter(({ visibility }) => visibility === "public");
  return sample(open, round).map(({ path }) => pageRequest(path));
}

/** Returns the number of the last full page of the list. */
export function lastPage({ posts }: Pick<Scene, "posts">): number {
  const open = posts.filter(({ visibility }) => visibility === "public");
  return Math.floor(open.length / PAGE_SIZE);
}

function neighbours(scene: Scene): Request[] {
  const last = lastPage(scene);
  return Array.from({ length: 32 }, (_, n) => listRequest(Math.max(1, last - n)));
}

/** Returns the request for a page of the public list. */
export const listRequest = (page: number) => pageRequest(page === 1 ? "/posts" : `/posts?page=${page}`);

/** Returns a sample of items, spread evenly over the list. */
function sample<Item>(list: Item[], round: number): Item[] {
  const step = Math.max(1, Math.floor(list.length / SAMPLE));
  return list.filter((_, n) => n % step === round % step).slice(0, SAMPLE);
}

/** Checks that the measured pages are the same that users get. */
export async function checkPages(scene: Scene): Promise<void> {
  const { app, people, posts, writers } = scene;
  for (const number of [0, 1, Math.floor(writers / 2), writers - 1]) {
    const text = await read(app.origin, pageRequest("/dashboard", people[number]));
    assert.match(text, new RegExp(`<h1>Hello, person-${number}</h1>`));
    const own = posts.filter((_post, n) => n % writers === number);
    assert.equal(own.length, 10);
    for (const { path, title } of own)
      assert.ok(text.includes(`<a href="${path}">${title}</a>`), `${title} on the dashboard`);
  }
  const account: unknown = JSON.parse(await read(app.origin, readAccount((people[0] as Person).token)));
  assert.equal((account as { username: string }).username, "person-0");
  const newest = posts.findLast(({ visibility }) => visibility === "public");
  assert.ok(newest);
  assert.ok(
    (await read(app.origin, pageRequest(newest.path))).includes(`>${newest.title}</h1>`),
    "a post's page has its title",
  );
  for (const page of [1, lastPage(scene)]) {
    const listed = (await read(app.origin, listRequest(page))).matchAll(/<h\d class="post-summary-title"/g);
    assert.equal([...listed].length, PAGE_SIZE, `posts on page ${page}`);
  }
  assert.ok((await read(app.origin, listRequest(1))).includes(newest.path), "the newest is on page 1");
}
