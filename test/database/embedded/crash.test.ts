import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Db, MongoClient } from "mongodb";
import { startEmbedded } from "../../../src/database/embedded/index.js";
import { emptyLedger, keepWriting, type Ledger, logIn, readUntilRefused } from "../../support/database/crash-client.js";
import { enginesLeft, listEngines, type Server, startServer } from "../../support/database/crash-server.js";
import { copies, silent, temporaryDirectory } from "../../support/database/engine.js";
import { freePort } from "../../support/processes/server.js";
import { exceptOnDay, isSampling } from "../../support/settings/sample.js";
import { readToken, visitor } from "../../support/visitor.js";

const CLIENTS = 4;

const PATIENCE_MS = 30_000;
/** The promise of docs/operations.md is five seconds; a busy machine needs a little more. */
const STOP_WITHIN_MS = 7_000;
/** The engine is never killed twice in a row: after two short lives it would wait before the next start. */
const rounds = ["engine", "app", "engine", "both", "engine", "app"] as const;
const PROGRESS = isSampling ? 3 : 10;
const skip = exceptOnDay(5, { dependsOnNode: true });

test("engine and application are killed during registrations and posts: no acknowledged write is lost", {
  skip,
}, async () => {
  const DATA_DIR = temporaryDirectory();
  const PORT = await freePort();
  const base = `http://127.0.0.1:${PORT}`;
  let server = await startServer({ DATA_DIR, PORT });
  const ledger = emptyLedger();
  const stopping = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    keepWriting(base, { name: `c${client}`, ledger, signal: stopping.signal }),
  );

  try {
    for (const victim of rounds) {
      await progress(ledger);
      if (victim !== "app") for (const pid of listEngines(DATA_DIR)) process.kill(pid, "SIGKILL");
      if (victim === "engine") continue;
      server.child.kill("SIGKILL");
      await server.ended;
      server = await startServer({ DATA_DIR, PORT });
    }
    await progress(ledger);
  } finally {
    stopping.abort();
    await Promise.all(clients);
  }

  assert.deepEqual(ledger.unexpected, []);
  assert.ok(ledger.refused > 0, "some requests noticed the kills");
  const entered = await checkPeople(base, ledger);
  await endGently(server, DATA_DIR);
  await inspect(DATA_DIR, async (db) => {
    await checkUsers(db, entered);
    await checkPosts(db);
  });
});

/** Waits until the clients have made clear progress. */
async function progress(ledger: Ledger) {
  const goal = ledger.acknowledged + PROGRESS * CLIENTS;
  for (const end = Date.now() + PATIENCE_MS; ledger.acknowledged < goal; await sleep(10)) {
    assert.ok(Date.now() < end, `stuck: ${JSON.stringify({ ...ledger, accounts: ledger.accounts.length })}`);
  }
}

/** Logs in every acknowledged user and reads their posts. Returns the names of all who can log in. */
async function checkPeople(base: string, { accounts }: Ledger): Promise<Set<string>> {
  const entered = new Set<string>();
  for (const account of accounts) {
    const { browser, status } = await logIn(base, account);
    assert.ok(status === 303 || (status === 401 && !account.acknowledged), `${account.username}: ${status}`);
    if (status === 303) entered.add(account.username);
    if (account.acknowledged)
      assert.equal((await account.browser.get("/dashboard")).status, 200, "the session still works");
    for (const { address, text } of account.posts) {
      const page = await browser.get(address);
      assert.equal(page.status, 200, address);
      assert.ok(page.text.includes(`<p>${text}</p>`), address);
    }
  }
  return entered;
}

async function endGently(server: Server, dataDir: string) {
  server.child.kill("SIGTERM");
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.deepEqual(await enginesLeft(dataDir), []);
}

/** Opens a data directory that no process uses. */
async function inspect(dataDir: string, look: (db: Db) => Promise<void>) {
  const engine = await startEmbedded({ dataDir, log: silent, copies });
  const client = new MongoClient(engine.uri, { serverSelectionTimeoutMS: 5_000 });
  await look(client.db());
  await client.close();
  await engine.stop();
}

/** Checks that accounts are complete, that users can log in, and that indexes still keep names and emails unique. */
async function checkUsers(db: Db, entered: Set<string>) {
  const users = await db.collection("users").find().toArray();
  assert.deepEqual(new Set(users.map(({ username }) => username)), entered);
  assert.equal(new Set(users.map(({ email }) => email)).size, users.length);
  for (const user of users) {
    assert.match(user.passwordHash, /^v1\$2b\$/);
    assert.equal(user.email, `${user.username}@example.org`);
    assert.ok(user.createdAt instanceof Date);
  }
  const { username, email } = users[0] as (typeof users)[number];
  const sameName = db.collection("users").insertOne({ username: username.toUpperCase(), email: "new@example.org" });
  await assert.rejects(sameName, { code: 11000 });
  const confirm = (name: string) =>
    db.collection("users").updateOne({ username: name }, { $set: { email, emailConfirmedAt: new Date() } });
  await confirm(username);
  await assert.rejects(confirm(users[1]?.username), { code: 11000 });
}

/** Checks that posts are complete, acknowledged or not, and have unique positions in the lists. */
async function checkPosts(db: Db) {
  const posts = await db.collection("posts").find().toArray();
  for (const { title, body, html } of posts) assert.deepEqual([body, html], [title, `<p>${title}</p>\n`]);
  assert.equal(new Set(posts.map(({ place }) => place.members)).size, posts.length);
  const authors = await db.collection("users").countDocuments({ _id: { $in: posts.map(({ author }) => author) } });
  assert.equal(authors, new Set(posts.map(({ author }) => String(author))).size);
}

test("a server stopped under load answers the requests in progress and exits cleanly", { skip }, async () => {
  const DATA_DIR = temporaryDirectory();
  const PORT = await freePort();
  const base = `http://127.0.0.1:${PORT}`;
  const server = await startServer({ DATA_DIR, PORT });
  const readers = Array.from({ length: CLIENTS }, () => readUntilRefused(base));
  const browsers = Array.from({ length: CLIENTS }, () => visitor(base));
  const password = "sturdy-Gate-in-the-wall";
  let answered = 0;
  const forms = await Promise.all(browsers.map((browser) => browser.get("/register")));
  for (const pid of listEngines(DATA_DIR)) process.kill(pid, "SIGSTOP"); // so that no request is answered yet
  const registrations = browsers.map(async (browser, i) => {
    const person = { username: `late${i}`, email: `late${i}@example.org`, password };
    const page = await browser.send("/register", { _csrf: readToken(forms[i]?.text ?? ""), ...person });
    answered += 1;
    return page.status;
  });
  await sleep(100);
  assert.equal((await fetch(`${base}/healthz`)).status, 200, "what was sent before has arrived");
  assert.equal(answered, 0, "all requests are still in progress");
  const began = Date.now();
  const ended = endGently(server, DATA_DIR);
  await sleep(300);
  for (const pid of listEngines(DATA_DIR)) process.kill(pid, "SIGCONT");
  await ended;
  assert.deepEqual(await Promise.all(registrations), Array(CLIENTS).fill(303));
  for (const statuses of await Promise.all(readers)) assert.deepEqual([...statuses], [200]);
  assert.ok(Date.now() - began < STOP_WITHIN_MS, `it took ${Date.now() - began} ms`);
});
