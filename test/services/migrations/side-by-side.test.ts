import "../../support/environment.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import mongoose from "mongoose";
import { temporaryDirectory, temporaryEngine } from "../../support/database/engine.js";
import { postOffice } from "../../support/mail/smtp-server.js";
import { linkIn } from "../../support/mailbox.js";
import { listChildren } from "../../support/processes/children.js";
import { buildRelease, findRelease, isShallow } from "../../support/processes/release.js";
import { freePort, startServer } from "../../support/processes/server.js";
import { until } from "../../support/until.js";
import { newPerson } from "../../support/users/fresh-user.js";
import { type Visitor, visitor } from "../../support/visitor.js";

// The release before and this one run on one database, as during a rolling upgrade. These tests run in order.

const BEFORE = "0.2.0";
const PATIENCE_MS = 60_000;
const script = fileURLToPath(new URL("../../../scripts/migrate.js", import.meta.url));

const commit = findRelease(BEFORE);
// A copy with its whole history has it, as in CI. A shallow clone may lack it.
const skip = commit || !isShallow() ? false : `the history of this copy does not have release ${BEFORE}`;

type Server = ReturnType<typeof startServer> & { base: string };
const post = await postOffice();
let environment: Record<string, string>;
let connection: mongoose.Connection;
let [older, newer]: [Server?, Server?] = [];

async function start(program?: string): Promise<Server> {
  const port = await freePort();
  const server = startServer({ ...environment, PORT: String(port) }, program ? { program } : {});
  assert.ok(await server.ready, server.output());
  return { ...server, base: `http://127.0.0.1:${port}` };
}

before(async () => {
  if (skip) return;
  const { uri } = await temporaryEngine();
  connection = await mongoose.createConnection(uri).asPromise();
  environment = {
    ...{ NODE_ENV: "test", LOG_LEVEL: "warn", RATE_LIMITS: "off", BCRYPT_COST: "4", SMTP_URL: post.url },
    ...{ MONGODB_URI: uri, DATA_DIR: temporaryDirectory(), BASE_URL: "http://127.0.0.1" },
    PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
    SESSION_SECRET: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
  };
  older = await start(buildRelease(commit ?? assert.fail(`there is no commit of release ${BEFORE}`)));
  newer = await start();
});
after(async () => {
  for (const server of [older, newer]) server?.stop();
  await Promise.all([older?.ended, newer?.ended, post.close(), connection?.close()]);
});

type Person = ReturnType<typeof newPerson> & { browser: Visitor };
/** Uses a person's browser with another server. */
const on = ({ base }: Server, { browser }: Person) => visitor(base, browser.cookies);

async function register(server: Server, confirming: Server): Promise<Person> {
  const person = { ...newPerson(), browser: visitor(server.base) };
  const { username, email, password } = person;
  const page = await person.browser.submit("/register", { username, email, password });
  assert.equal(page.status, 303, page.text);
  const find = () => post.to(email).find(({ text = "" }) => text.includes("/email-confirmation/"));
  await until("the email is there", () => find() !== undefined, PATIENCE_MS);
  const link = linkIn({ text: find()?.text ?? "" }, "/email-confirmation/");
  const confirmed = await on(confirming, person).submit(link, {});
  assert.equal(confirmed.status, 303, confirmed.text);
  return person;
}

async function logIn(server: Server, person: Person): Promise<void> {
  person.browser = visitor(server.base);
  const { username: login, password } = person;
  const page = await person.browser.submit("/login", { login, password });
  assert.equal(page.status, 303, page.text);
}

async function isLoggedIn(server: Server, person: Person): Promise<boolean> {
  const { status, text } = await on(server, person).get("/dashboard");
  return status === 200 && text.includes(person.username);
}

async function write(server: Server, person: Person): Promise<string> {
  const fields = { title: `By ${person.username}`, body: "In the *wall*.", visibility: "public" };
  const page = await on(server, person).submit("/posts/new", fields, "/posts");
  assert.equal(page.status, 303, page.text);
  return page.location ?? "";
}

async function changePassword(server: Server, person: Person): Promise<void> {
  const password = `${person.password}-again`;
  const page = await on(server, person).submit("/account/password", { currentPassword: person.password, password });
  assert.equal(page.status, 303, page.text);
  person.password = password;
}

const people: Person[] = [];
const posts: string[] = [];

for (const isForth of [true, false]) {
  const ways = isForth ? "the release before is used on this one" : "this release is used on the one before";
  test(`what people do on ${ways}: registration, login, session, post, password`, { skip }, async () => {
    const [one, other] = (isForth ? [older, newer] : [newer, older]) as [Server, Server];
    const ada = await register(one, other);
    assert.ok(await isLoggedIn(other, ada));
    await logIn(one, ada);
    assert.ok(await isLoggedIn(one, ada));
    assert.ok(await isLoggedIn(other, ada));
    const location = await write(one, ada);
    for (const server of [one, other]) assert.match((await on(server, ada).get(location)).text, /In the <em>wall/);
    const elsewhere = { ...ada };
    await logIn(other, elsewhere);
    await changePassword(other, ada);
    assert.ok(await isLoggedIn(one, ada));
    for (const server of [one, other]) assert.equal(await isLoggedIn(server, elsewhere), false);
    await logIn(one, ada);
    await changePassword(one, ada);
    await logIn(other, ada);
    await on(other, ada).submit("/dashboard", {}, "/logout");
    assert.equal(await isLoggedIn(one, ada), false);
    await logIn(one, ada);
    people.push(ada);
    posts.push(location);
  });
}

test("an email that only this release has is not lost when the release before finds it in the queue", {
  skip,
}, async () => {
  const [here, [author, commenter]] = [newer as Server, people as [Person, Person]];
  await logIn(here, author);
  await logIn(here, commenter);
  const [jobs = 0] = listChildren(here.pid, "processes/jobs.js");
  const queue = connection.collection("jobs");
  const mail = { name: "send-mail", "data.view": "new-comment" };
  process.kill(jobs, "SIGSTOP");
  try {
    const comments = `/posts/${posts[0]?.split("/")[2]}/comments`;
    const page = await on(here, commenter).submit(`${comments}/new`, { body: "Well *said*." }, comments);
    assert.equal(page.status, 303, page.text);
    const tried = async () => (await queue.countDocuments({ ...mail, lastFinishedAt: { $ne: null } })) > 0;
    const isGone = async () => (await queue.countDocuments(mail)) === 0;
    await until("the release before has tried", async () => (await tried()) || (await isGone()), PATIENCE_MS);
  } finally {
    process.kill(jobs, "SIGCONT");
  }
  const isThere = async () => {
    await queue.updateOne({ ...mail, lockedAt: null }, { $set: { nextRunAt: new Date() } });
    return post.to(author.email).some(({ subject = "" }) => subject.startsWith("New comment"));
  };
  await until("it is there", isThere, PATIENCE_MS);
});

test("the migrations run beside the release before, and what it writes afterwards is read", { skip }, async () => {
  const { stdout, stderr } = spawnSync(process.execPath, [script, "--json"], { env: environment });
  assert.equal(String(stderr), "");
  assert.deepEqual(JSON.parse(String(stdout)).waiting, []);
  const late = await register(older as Server, older as Server);
  posts.push(await write(older as Server, late));
  people.push(late);
});

test("when the release before has gone, everyone is still logged in, and all that was written is there", {
  skip,
}, async () => {
  older?.stop();
  assert.equal(await older?.ended, 0, older?.output());
  const here = newer as Server;
  for (const [n, person] of people.entries()) {
    assert.ok(await isLoggedIn(here, person), person.username);
    for (const location of posts) assert.equal((await on(here, person).get(location)).status, 200);
    await logIn(here, person);
    await changePassword(here, person);
    const found = await on(here, person).get(posts[n] ?? "");
    assert.ok(found.text.includes(person.username));
  }
  assert.doesNotMatch(here.output(), /"level":(50|60)/);
});
