import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import mongoose from "mongoose";
import { countCosts } from "../../scripts/bench/costs.js";
import { root } from "../../src/config/index.js";
import { startJobs, stopJobs } from "../../src/jobs/schedule.js";
import { whenAllWritten } from "../../src/lib/async/batch-writer.js";
import { findSetupUrl } from "../../src/services/account/setup.js";
import { readToken } from "../support/api/tokens.js";
import { writing } from "../support/api/users.js";
import { loggedIn } from "../support/api.js";
import { server } from "../support/app.js";
import { createScene, pageAddresses } from "../support/forms/every-page.js";
import { allJobsDone } from "../support/jobs/waiting.js";
import { type Page, readToken as readCsrf, type Visitor, visitor } from "../support/visitor.js";

// Speed by counts that are the same on every machine. npm run bench measures the times.

/** What an answer costs. docs/bench/README.md explains the columns. */
type Row = Record<string, number>;
const file = "docs/bench/budget.json";
type Budget = { columns: string[]; rows: Record<string, number[]> };
const { columns, rows }: Budget = JSON.parse(readFileSync(`${root}${file}`, "utf8"));

/** Addresses of pages that answer with something else. */
const noPages = [
  "/posts/:id", // leads to the address with the title
  "/comments/:id", // leads to the post
  "/session", // JSON
  "/account/factors/recovery-codes", // shown once
  "/account/export/:id/data.json",
  "/account/export/:id/data.zip",
  "/admin/users/export.csv",
];
/** kB of the compressed page. */
const LARGEST_PAGE = 15;
const larger = ["/apidocs"]; // the whole reference of the API on one page
/** The first requests fill caches, and V8 compiles what they use. */
const WARM_UP = 4;
const REQUESTS = 7;

type Ask = () => Promise<Page>;

let counter: ReturnType<typeof countCosts>;
before(() => {
  counter = countCosts(mongoose.connection.getClient());
});
after(() => counter.stop());

const kB = (text: string): number => Math.round(gzipSync(text).length / 100) / 10;
const stranger = visitor();
const fileSizes = new Map<string, number>();

async function sizeOf(path: string): Promise<number> {
  const size = fileSizes.get(path) ?? kB((await stranger.get(path)).text);
  fileSizes.set(path, size);
  return size;
}

/** Returns what an answer costs, and the answer. */
async function measure(ask: Ask, expected = 200): Promise<{ row: Row; text: string }> {
  for (let n = 0; n < WARM_UP; n += 1) await ask();
  await whenAllWritten();
  counter.take();
  let text = "";
  for (let n = 0; n < REQUESTS; n += 1) {
    const answer = await ask();
    assert.equal(answer.status, expected, answer.text);
    text = answer.text;
  }
  await whenAllWritten();
  const costs = counter.take();
  const files = new Set(
    [...text.matchAll(/<(?:link|script)\b[^>]*(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? ""),
  );
  let fileSize = 0;
  for (const path of files) fileSize += await sizeOf(path);
  return { row: { ...costs, page: kB(text), files: files.size, fileSize: Math.round(fileSize * 10) / 10 }, text };
}

type Call = ReturnType<typeof createCall>;

/** Returns a function that calls the API with this token. */
const createCall = (token: string) => (method: string, path: string, body?: object) =>
  stranger.request(`/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });

const checked = new Set<string>();

/** Checks that an answer costs no more than its row allows. Returns its text. */
async function assertWithin(name: string, ask: Ask, expected?: number): Promise<string> {
  const { row, text } = await measure(ask, expected);
  const now = `It costs now: "${name}": [${columns.map((column) => row[column]).join(", ")}]`;
  const allowed = rows[name] ?? assert.fail(`${name} has no row in ${file}. ${now}`);
  checked.add(name);
  for (const [n, column] of columns.entries()) {
    const [cost = Number.NaN, most = 0] = [row[column], allowed[n]];
    assert.ok(cost <= most, `${column}: ${cost}, allowed ${most}. ${now}`);
  }
  return text;
}

/** Checks that a page is small, and that nothing moves while it loads. */
function assertGood(text: string, address: string): void {
  assert.ok(kB(text) <= LARGEST_PAGE || larger.includes(address), `${kB(text)} kB, compressed`);
  for (const [element] of text.matchAll(/<(?:img|video|iframe|object|embed)\b[^>]*>/g)) {
    assert.match(element, /\bwidth="\d+"/, element);
    assert.match(element, /\bheight="\d+"/, element);
  }
}

test("a page without a row, and one that allocates 100 kB more, are refused", async () => {
  await stopJobs();
  await assert.rejects(
    assertWithin("/nowhere", () => stranger.get("/")),
    /nowhere has no row in docs.bench.budget.json/,
  );
  for (const allocate of [() => Array(12_500).fill("8 bytes"), () => Buffer.alloc(100_000)]) {
    const waste = (_req: unknown, res: ServerResponse) => Object.assign(res, { wasted: allocate() });
    server.prependListener("request", waste);
    await assert.rejects(
      assertWithin("/login", () => stranger.get("/login")),
      /allocated: \d/,
    );
    server.off("request", waste);
  }
});

test("/setup/:token stays within its budget", async () => {
  const { pathname } = new URL((await findSetupUrl()) ?? "");
  await stopJobs();
  assertGood(await assertWithin("/setup/:token", () => stranger.get(pathname)), "/setup/:token");
});

describe("with users and posts", () => {
  let scene: Awaited<ReturnType<typeof createScene>>;
  before(async () => {
    await startJobs();
    scene = await createScene();
    await allJobsDone();
    await stopJobs();
  });
  after(() => startJobs());

  for (const address of pageAddresses.filter((one) => one !== "/setup/:token" && !noPages.includes(one))) {
    test(`${address} stays within its budget`, async () => {
      const { who, path } = scene.getView(address);
      assertGood(await assertWithin(address, () => who.get(path)), address);
    });
  }

  test("a post stays within its budget for its author", async () => {
    await assertWithin("/posts/:id/:slug, for its author", () => scene.ada.get(scene.post));
  });

  describe("calls of programs", () => {
    let byToken: Call;
    let byLogin: Call;
    before(async () => {
      byToken = createCall((await readToken(scene.ada, "account.read", "posts.read", "posts.write")).token);
      byLogin = createCall((await loggedIn(scene.ada)).tokens.access_token ?? "");
    });

    test("the user's own account by API token", async () => {
      await assertWithin("GET /api/v1/users/me, by API token", () => byToken("GET", "/users/me"));
    });
    test("the user's own account by access token", async () => {
      await assertWithin("GET /api/v1/users/me, by access token", () => byLogin("GET", "/users/me"));
    });
    test("a new post by API token", async () => {
      await assertWithin("POST /api/v1/posts, by API token", () => byToken("POST", "/posts", writing), 201);
    });
  });

  let network = 0;
  /** Logs in from another network each time, because the limit of one is soon reached. */
  async function logIn({ cookies, get, send }: Visitor, login: string) {
    cookies.delete("sid");
    network += 1;
    const headers = { "x-forwarded-for": `198.51.${network}.1` };
    const _csrf = readCsrf((await get("/login", headers)).text);
    await whenAllWritten();
    return send("/login", { _csrf, login, password: scene.ada.password }, headers);
  }

  for (const by of ["username", "email"] as const) {
    test(`a login with a known browser stays within its budget, by ${by}`, async () => {
      await assertWithin("POST /login, known browser", () => logIn(stranger, scene.ada[by]), 303);
    });
  }

  test("a login with a new browser stays within its budget, with the email about it", async () => {
    await assertWithin("POST /login, new browser", () => logIn(visitor(), scene.ada.email), 303);
  });
});

test("the budget has no row that is not checked", () => {
  assert.deepEqual(Object.keys(rows).sort(), [...checked].sort());
});
