import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { storageId } from "../../src/web/session-store.js";
import { type Member, member } from "../support/people.js";
import { visitor } from "../support/visitor.js";

const editor = { role: "editor", domain: null } as const;
const account = ({ username }: Member) => User.findOne({ username }).orFail();
const sidOf = ({ cookies }: Pick<Member, "cookies">) => cookies.get("sid") ?? "";
const idOf = (sid: string) => storageId(decodeURIComponent(sid).replace(/^s:/, "").split(".")[0] ?? "");

/** A browser that has one session cookie and nothing else. */
function holding(sid: string) {
  const browser = visitor();
  browser.cookies.set("sid", sid);
  return browser;
}

test("twelve requests at the moment of a change of rights are all answered, and one of them has the new id", async () => {
  const ada = await member();
  for (const change of ["grantRole", "revokeRole"] as const) {
    const before = sidOf(ada);
    await (await account(ada))[change](editor);
    const browsers = Array.from({ length: 12 }, () => holding(before));
    const pages = await Promise.all(browsers.map((browser) => browser.get("/dashboard")));
    assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200]);
    const ids = browsers.map(sidOf).filter((sid) => sid !== before);
    assert.equal(ids.length, 1);
    ada.cookies.set("sid", ids[0] ?? "");
    assert.equal((await ada.get("/dashboard")).status, 200);
    assert.equal(sidOf(ada), ids[0], "it is renewed once");
  }
});

test("the id before is good for some seconds, not longer, and nothing brings it back", async () => {
  const ada = await member();
  const before = sidOf(ada);
  await (await account(ada)).grantRole(editor);
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.notEqual(sidOf(ada), before);
  assert.equal((await holding(before).get("/dashboard")).status, 200);
  const form = await holding(before).submit("/account/profile", { username: ada.username, shown: "none" });
  assert.ok([303, 422].includes(form.status), "a form that is on its way then arrives");
  await Session.updateOne({ _id: idOf(before) }, { endedAt: new Date() }); // the seconds are over
  assert.equal((await holding(before).get("/dashboard")).location, "/login");
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("logging out, disabling and ending all sessions end the id before too", async () => {
  for (const end of ["logout", "disable", "endAll"] as const) {
    const ada = await member();
    const before = sidOf(ada);
    await (await account(ada)).grantRole(editor);
    await ada.get("/dashboard");
    if (end === "logout") await ada.submit("/dashboard", {}, "/logout");
    else if (end === "disable") await (await account(ada)).disable();
    else await Session.endAll((await account(ada)).id);
    for (const browser of [holding(before), ada])
      assert.equal((await browser.get("/dashboard")).location, "/login", end);
  }
});

test("the session keeps its age, and its person is asked for the password no later than before", async () => {
  const ada = await member();
  const long = Date.now() - 11 * 60_000;
  await Session.updateOne(
    { _id: idOf(sidOf(ada)) },
    { $set: { "session.authenticatedAt": long, "session.signedInAt": long } },
  );
  await (await account(ada)).grantRole(editor);
  await ada.get("/dashboard");
  const { session } = await Session.findById(idOf(sidOf(ada))).orFail();
  assert.deepEqual([session.authenticatedAt, session.signedInAt], [long, long]);
});
