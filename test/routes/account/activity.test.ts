import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { registeredMember } from "../../support/users.js";

const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const sentences = (text: string) =>
  [...text.matchAll(/class="activity-what">([^<]*)</g)].map(([, sentence = ""]) => sentence);
const olderOn = (text: string) => /href="(\/account\/activity\?before=[^"]+)" rel="next"/.exec(text)?.[1];

/** Writes this many audit events about a user. */
async function happen(username: string, count: number) {
  const user = await User.findOne({ username }).orFail();
  const common = { actor: null, ip: "192.0.2.7", agent, request: "" };
  for (let n = 0; n < count; n += 1) await AuditEvent.append({ ...common, event: "session.refused", user: user.id });
}

test("the activity page describes the user's events in plain words, with time and place", async () => {
  const ada = await registeredMember();
  await happen(ada.username, 1);
  const { status, text } = await ada.get("/account/activity");
  assert.equal(status, 200);
  assert.deepEqual(sentences(text), [
    "Someone tried to log in with a wrong password.",
    "You logged in.",
    "You confirmed your email address.",
    "You created this account.",
  ]);
  assert.match(text, /Firefox on Linux/);
  assert.match(text, /192\.0\.2\.7/);
  assert.match(text, new RegExp(`<time datetime="${new Date().toISOString().slice(0, 10)}`));
  assert.doesNotMatch(text, /session\.refused|user\.registered/, "no internal names of events");
});

test("the activity has twenty events per page, newest first, and each event appears once", async () => {
  const ada = await registeredMember();
  await happen(ada.username, 45);
  const seen: string[] = [];
  let next: string | undefined = "/account/activity";
  const sizes: number[] = [];
  while (next) {
    const { text } = await ada.get(next);
    sizes.push(sentences(text).length);
    seen.push(...sentences(text));
    next = olderOn(text);
  }
  assert.deepEqual(sizes, [20, 20, 8]);
  assert.equal(seen.at(-1), "You created this account.");
});

test("a malformed page address gives 404, and a page beyond the end is empty with a link back", async () => {
  const ada = await registeredMember();
  for (const odd of ["x", "%00", "0", `${"a".repeat(24)}&before=1`, "A".repeat(24)])
    assert.equal((await ada.get(`/account/activity?before=${odd}`)).status, 404, odd);
  assert.equal(sentences((await ada.get("/account/activity?before=")).text).length, 3);
  const { text } = await ada.get(`/account/activity?before=${"0".repeat(24)}`);
  assert.match(text, /No more activity/);
  assert.match(text, /href="\/account\/activity" rel="prev"/, "the page links back");
});

test("a user cannot see the activity of other users", async () => {
  const [ada, bob] = [await registeredMember(), await registeredMember()];
  await happen(bob.username, 25);
  const link = olderOn((await bob.get("/account/activity")).text) ?? "";
  for (const path of ["/account/activity", link, `/account/activity?before=${"f".repeat(24)}`]) {
    assert.doesNotMatch((await ada.get(path)).text, /wrong password/, path);
  }
});

test("an event of an older version gets a general text, and the user agent is escaped", async () => {
  const ada = await registeredMember();
  const user = await User.findOne({ username: ada.username }).orFail();
  const odd = { actor: null, ip: "<i>", agent: "<script>alert(1)</script>/1.0", request: "" };
  for (const event of ["gone.away", "constructor", "__proto__"])
    await AuditEvent.append({ ...odd, event, user: user.id });
  const { text } = await ada.get("/account/activity");
  assert.equal(sentences(text).filter((one) => one === "Your account was changed.").length, 3);
  assert.doesNotMatch(text, /<script>alert|<i>/);
});
