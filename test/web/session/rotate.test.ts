import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { storageId } from "../../../src/web/session/store.js";
import { type Member, member } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const editor = { role: "editor", domain: null } as const;
const account = ({ username }: Member) => User.findOne({ username }).orFail();
const getSid = ({ cookies }: Pick<Member, "cookies">) => cookies.get("sid") ?? "";
const getId = (sid: string) => storageId(decodeURIComponent(sid).replace(/^s:/, "").split(".")[0] ?? "");

/** Creates a browser that has only this session cookie. */
function holding(sid: string) {
  const browser = visitor();
  browser.cookies.set("sid", sid);
  return browser;
}

/** Copies the browser, so that a response to one of the two is lost for the other. */
function createCopy({ cookies }: Pick<Member, "cookies">) {
  const browser = visitor();
  for (const [name, value] of cookies) browser.cookies.set(name, value);
  return browser;
}

test("twelve requests during a change of roles all succeed, with the same new id", async () => {
  const ada = await member();
  for (const change of ["grantRole", "revokeRole"] as const) {
    const before = getSid(ada);
    await (await account(ada))[change](editor);
    const browsers = Array.from({ length: 12 }, () => createCopy(ada));
    const pages = await Promise.all(browsers.map((browser) => browser.get("/dashboard")));
    assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200]);
    const ids = [...new Set(browsers.map(getSid))];
    assert.equal(ids.length, 1);
    assert.notEqual(ids[0], before);
    ada.cookies.set("sid", ids[0] ?? "");
    assert.equal((await ada.get("/dashboard")).status, 200);
    assert.equal(getSid(ada), ids[0], "the id changes only once");
  }
});

/** Rotates a session and loses the response: the user's browser knows only the previous id. */
async function renewedUnnoticed() {
  const ada = await member();
  await (await account(ada)).grantRole(editor);
  const lost = createCopy(ada);
  assert.equal((await lost.get("/dashboard")).status, 200);
  assert.notEqual(getSid(lost), getSid(ada));
  return { ada, lost };
}
const endedAt = async (sid: string) => (await Session.findById(getId(sid)).orFail()).endedAt?.getTime() ?? 0;
const SECONDS = 1_000;

test("after a lost response, even twice, the same new id is issued again and the user stays logged in", async () => {
  const { ada, lost } = await renewedUnnoticed();
  const again = createCopy(ada);
  for (const browser of [again, ada]) {
    assert.equal((await browser.get("/dashboard")).status, 200);
    assert.equal(getSid(browser), getSid(lost));
  }
  assert.equal((await ada.submit("/account/profile", { bio: "Still here." })).status, 303);
});

test("the previous id is valid for two minutes, and only for ten seconds after its successor was used", async () => {
  const { ada, lost } = await renewedUnnoticed();
  const [before, now] = [getSid(ada), Date.now()];
  assert.ok((await endedAt(before)) > now + 100 * SECONDS && (await endedAt(before)) <= Date.now() + 120 * SECONDS);
  await lost.get("/dashboard");
  const confirmed = await endedAt(before);
  assert.ok(confirmed <= Date.now() + 10 * SECONDS);
  assert.equal((await ada.get("/dashboard")).status, 200, "a request that was under way succeeds");
  assert.equal(getSid(ada), before, "a successor that was used is not issued again");
  await lost.get("/dashboard");
  assert.equal(await endedAt(before), confirmed, "another use does not extend the time");
  await Session.updateOne({ _id: getId(before) }, { endedAt: new Date() });
  assert.equal((await holding(before).get("/dashboard")).location, "/login");
  assert.equal((await lost.get("/dashboard")).status, 200);
});

test("without the browser's device cookie, the previous id still works, but leads to no successor", async () => {
  const { ada, lost } = await renewedUnnoticed();
  for (const device of [undefined, "s%3Aanother.signature"]) {
    const thief = holding(getSid(ada));
    if (device) thief.cookies.set("device", device);
    assert.equal((await thief.get("/dashboard")).status, 200);
    assert.equal(getSid(thief), getSid(ada));
  }
  assert.equal(await Session.countDocuments({ "session.succeeds": getId(getSid(ada)) }), 1);
  assert.equal((await lost.get("/dashboard")).status, 200);
});

test("after several quick changes of roles, each id leads to the next one, even if responses were lost", async () => {
  const { ada, lost } = await renewedUnnoticed();
  await (await account(ada)).revokeRole(editor);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.equal(getSid(ada), getSid(lost), "the first step issues the id that was lost");
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.notEqual(getSid(ada), getSid(lost));
  const last = getSid(ada);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.equal(getSid(ada), last);
});

test("a session counts and is listed once, however many ids lead to it", async () => {
  const { ada } = await renewedUnnoticed();
  const { id, sessionEpoch } = await account(ada);
  assert.equal((await Session.listLive({ id, sessionEpoch }, 3_600_000)).length, 1);
  assert.equal(await Session.count(id), 1);
});

const endings: Record<string, (ada: Member) => Promise<unknown>> = {
  logout: (ada) => ada.submit("/dashboard", {}, "/logout"),
  disable: async (ada) => (await account(ada)).disable(),
  endAll: async (ada) => Session.endAll((await account(ada)).id),
};
for (const [name, end] of Object.entries(endings)) {
  test(`an unused successor ends with the session: ${name}`, async () => {
    const { ada, lost } = await renewedUnnoticed();
    const before = createCopy(ada);
    await end(ada);
    for (const browser of [before, lost]) assert.equal((await browser.get("/dashboard")).location, "/login");
  });
}

test("the previous id is valid for some seconds, and a form sent with it does not extend the time", async () => {
  const ada = await member();
  const before = getSid(ada);
  await (await account(ada)).grantRole(editor);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.notEqual(getSid(ada), before);
  assert.equal((await holding(before).get("/dashboard")).status, 200);
  const form = await holding(before).submit("/account/profile", { username: ada.username, shown: "none" });
  assert.ok([303, 422].includes(form.status), "a form that is under way is handled");
  await Session.updateOne({ _id: getId(before) }, { endedAt: new Date() }); // the grace period has passed
  assert.equal((await holding(before).get("/dashboard")).location, "/login");
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("logout, disabling and ending all sessions also end the previous id", async () => {
  for (const end of ["logout", "disable", "endAll"] as const) {
    const ada = await member();
    const before = getSid(ada);
    await (await account(ada)).grantRole(editor);
    await ada.get("/dashboard");
    if (end === "logout") await ada.submit("/dashboard", {}, "/logout");
    else if (end === "disable") await (await account(ada)).disable();
    else await Session.endAll((await account(ada)).id);
    for (const browser of [holding(before), ada])
      assert.equal((await browser.get("/dashboard")).location, "/login", end);
  }
});

test("rotation keeps the times of the login and of the last password confirmation", async () => {
  const ada = await member();
  const long = Date.now() - 11 * 60_000;
  await Session.updateOne(
    { _id: getId(getSid(ada)) },
    { $set: { "session.authenticatedAt": long, "session.signedInAt": long } },
  );
  await (await account(ada)).grantRole(editor);
  await ada.get("/dashboard");
  const { session } = await Session.findById(getId(getSid(ada))).orFail();
  assert.deepEqual([session.authenticatedAt, session.signedInAt], [long, long]);
});
