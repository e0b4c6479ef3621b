import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Export } from "../../../src/models/export.js";
import { MailedLink } from "../../../src/models/mailed-link.js";
import { Post } from "../../../src/models/post.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { origin } from "../../support/app.js";
import { mailAbout, mailsTo } from "../../support/mailbox.js";
import { enterPassword, startRecovery } from "../../support/users/factor-recovery.js";
import { codeFor, createCodes, protectedMember } from "../../support/users/factors.js";
import { passkeyMember } from "../../support/users/passkeys.js";
import { type Member, member, post, registeredMember } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";
import { unzipped } from "../../support/zips.js";

const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const ask = (person: Member) => person.submit("/account/export", {});

/** Downloads a file with the browser of this user. */
async function fetched({ cookies }: Member, path: string) {
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const answer = await fetch(origin + path, { headers: { cookie }, redirect: "manual" });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** Requests an export, waits for its email, and returns the addresses of its files. */
async function exported(person: Member) {
  assert.equal((await ask(person)).status, 303);
  await mailAbout(person.email, /ready/);
  const { text } = await person.get("/account/export");
  const links = [...text.matchAll(/href="(\/account\/export\/[0-9a-f]{24}\/data\.(?:zip|json))"/g)].map(
    ([, one]) => one,
  );
  assert.equal(links.length, 2, text);
  return { zip: links[0] ?? "", json: links[1] ?? "" };
}

test("a user requests an export, gets an email when it is ready, and downloads it", async () => {
  const ada = await registeredMember();
  assert.match((await ada.get("/account/export")).text, /Prepare my data<\/button>/);
  await ada.submit("/account/profile", { bio: "I write." });
  await post(ada, { title: "Public", body: "For *everyone*." });
  await post(ada, { title: "Draft", body: "Not yet.", visibility: "draft" });
  const { json, zip } = await exported(ada);
  assert.match((await mailAbout(ada.email, /ready/)).text, /\/account\/export/);
  const file = await fetched(ada, json);
  assert.equal(file.status, 200);
  assert.match(file.headers.get("content-type") ?? "", /^application\/json/);
  assert.match(file.headers.get("content-disposition") ?? "", /^attachment; filename="?data-\d{4}-\d\d-\d\d\.json"?$/);
  assert.equal(file.headers.get("x-content-type-options"), "nosniff");
  assert.equal(file.headers.get("cache-control"), "no-store");
  const data = JSON.parse(file.bytes.toString());
  assert.deepEqual(Object.keys(data), [
    "exportedAt",
    "site",
    "account",
    "secondFactors",
    "devices",
    "apiTokens",
    "activity",
    "posts",
    "comments",
  ]);
  assert.equal(data.account.username, ada.username);
  assert.equal(data.account.email, ada.email);
  assert.equal(data.account.bio, "I write.");
  assert.deepEqual(
    data.posts.map(({ title, body, visibility }: Record<string, string>) => [title, body, visibility]),
    [
      ["Public", "For *everyone*.", "public"],
      ["Draft", "Not yet.", "draft"],
    ],
  );
  assert.ok(data.activity.some(({ what }: { what: string }) => what === "You confirmed your email address."));
  assert.equal(data.devices.length, 1);
  const packed = await fetched(ada, zip);
  assert.equal(packed.headers.get("content-type"), "application/zip");
  const files = await unzipped(packed.bytes);
  const day = new Date().toISOString().slice(0, 10);
  assert.deepEqual([...files.keys()], ["account.json", `posts/${day}-public.md`, `posts/${day}-draft.md`]);
  assert.equal(JSON.parse(files.get("account.json") ?? "").account.email, ada.email);
  assert.match(
    files.get(`posts/${day}-public.md`) ?? "",
    /^---\ntitle: "Public"\nvisibility: "public"\n[\s\S]*\n---\n\nFor \*everyone\*\.\n$/,
  );
});

test("an export contains no hashes, tokens or session ids, and no data of other users", async () => {
  const [ada, bob] = [await member(), await member()];
  await post(bob, { title: "Of Bob" });
  const user = await account(ada);
  const token = await MailedLink.findById(
    await MailedLink.issue({ purpose: "not-me", user, email: user.email }),
  ).orFail();
  const { passwordHash } = await User.findById(user.id).select("+passwordHash").orFail();
  const { json, zip } = await exported(ada);
  const whole =
    (await fetched(ada, json)).bytes.toString() +
    [...(await unzipped((await fetched(ada, zip)).bytes)).values()].join();
  const cookies = [...ada.cookies.values()].flatMap((value) => decodeURIComponent(value).split(/[.:=]/));
  const secrets = [
    String(passwordHash),
    String(token.hash),
    String(token._id),
    user.id,
    ...cookies,
    "$2b$",
    "sessionEpoch",
  ];
  const telling = secrets.filter((one) => one.length > 8);
  assert.ok(telling.length > 8);
  for (const secret of [...telling, String(bob.username)])
    assert.ok(!whole.includes(secret), `the export contains ${secret}`);
});

test("posts with unusual titles are exported with quoted titles, in files with safe names", async () => {
  const ada = await member();
  const { id } = await account(ada);
  const titles = [
    '"quoted": yes\\',
    "- list # not: a comment",
    "../../etc/passwd",
    "C:\\con",
    "same",
    "Same!",
    "日本",
    "\u2028---",
  ];
  for (const title of titles) await Post.write(id, { title, body: "---\nevil: true\n---\n", visibility: "draft" });
  const { zip } = await exported(ada);
  const files = await unzipped((await fetched(ada, zip)).bytes);
  const names = [...files.keys()].slice(1);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, titles.length, "each post has its own file");
  for (const name of names) assert.match(name, /^posts\/\d{4}-\d\d-\d\d-[a-z0-9-]+\.md$/);
  const written = names.map((name) => /^---\ntitle: (".*")\nvisibility: "draft"\n/.exec(files.get(name) ?? "")?.[1]);
  assert.deepEqual(
    written.map((title) => JSON.parse(title ?? '""')),
    titles,
  );
  assert.doesNotMatch(written.join(), /\u2028/);
});

test("an export of hundreds of posts has one file for each", async () => {
  const ada = await member();
  const { _id: author } = await account(ada);
  const body = "A line of text, not too short. ".repeat(100);
  const many = Array.from({ length: 600 }, (_, n) => ({ author, title: `Post ${n}`, slug: "same", body, html: "x" }));
  await Post.insertMany(many.map((one) => ({ ...one, visibility: "draft" })));
  const { zip, json } = await exported(ada);
  const files = await unzipped((await fetched(ada, zip)).bytes);
  assert.equal(files.size, 601);
  assert.equal(JSON.parse((await fetched(ada, json)).bytes.toString()).posts.length, 600);
});

test("clicking again while an export is running does not start another one", async () => {
  const ada = await member();
  const { _id: user } = await account(ada);
  await Export.ask(String(user));
  assert.match((await ada.get("/account/export")).text, /preparing your data/);
  assert.doesNotMatch((await ada.get("/account/export")).text, /action="\/account\/export"/);
  const bob = await member();
  const _csrf = /name="_csrf" value="([^"]+)"/.exec((await bob.get("/account/export")).text)?.[1] ?? "";
  const clicks = await Promise.all(Array.from({ length: 10 }, () => bob.send("/account/export", { _csrf })));
  assert.deepEqual([...new Set(clicks.map(({ status }) => status))], [303]);
  await mailAbout(bob.email, /ready/);
  const asked = await AuditEvent.countDocuments({ user: (await account(bob))._id, event: "export.asked" });
  assert.equal((await mailsTo(bob.email)).filter(({ subject }) => /ready/.test(subject)).length, asked);
  assert.ok(asked < 10);
});

test("another user's export, an expired export and a malformed address give 404", async () => {
  const [ada, bob] = [await member(), await member()];
  const { json, zip } = await exported(ada);
  await exported(bob);
  for (const path of [json, zip]) {
    assert.equal((await bob.get(path)).status, 404, "another user's export");
    const asked = new URLSearchParams({ return_to: path });
    assert.equal((await visitor().get(path)).location, `/login?${asked}`);
    assert.equal((await ada.request(path, { method: "HEAD" })).status, 200);
  }
  for (const odd of ["x", "0".repeat(24), "%00", "../x", "[$ne]"]) {
    assert.equal((await ada.get(`/account/export/${odd}/data.json`)).status, 404, odd);
  }
  const { _id: user } = await account(ada);
  await Export.updateOne({ user }, { expiresAt: new Date() });
  assert.equal((await ada.get(json)).status, 404, "after a day");
  assert.match((await ada.get("/account/export")).text, /Prepare my data<\/button>/);
});

test("requesting or downloading an export needs a recent login", async () => {
  const ada = await member();
  const { json } = await exported(ada);
  const { _id: user } = await account(ada);
  await Session.collection.updateOne({ "session.passport.user": user }, { $set: { "session.authenticatedAt": 0 } });
  assert.equal((await ada.get("/account/export")).status, 200, "the page itself needs no recent login");
  assert.equal((await ask(ada)).location, "/reauthenticate?return_to=%2Faccount%2Fexport");
  assert.equal((await ada.get(json)).location, `/reauthenticate?${new URLSearchParams({ return_to: json })}`);
  assert.equal(await Export.countDocuments({ user }), 1);
});

test("the export tells whether there is a password", async () => {
  for (const hasPassword of [true, false]) {
    const ada = await passkeyMember();
    if (!hasPassword) await ada.submit("/account/password", {}, "/account/password/remove");
    const { json } = await exported(ada);
    assert.equal(JSON.parse((await fetched(ada, json)).bytes.toString()).account.hasPassword, hasPassword);
  }
});

test("the export tells the second factors without their secrets", async () => {
  const ada = await protectedMember();
  const codes = await createCodes(ada);
  const added = { credential: "hidden-credential", publicKey: "hidden-key", name: "Laptop", addedAt: new Date() };
  await User.updateOne({ _id: ada.id }, { passkeys: [added] });
  const { json } = await exported(ada);
  const text = (await fetched(ada, json)).bytes.toString();
  const { secondFactors } = JSON.parse(text);
  assert.ok(Date.parse(secondFactors.authenticator.addedAt));
  assert.equal(secondFactors.recoveryCodes.left, 10);
  assert.deepEqual(
    secondFactors.passkeys.map(({ name }: { name: string }) => name),
    ["Laptop"],
  );
  const { authenticator } = await User.findById(ada.id).select("+authenticator.key").orFail();
  const secrets = [ada.key.replaceAll(" ", ""), ada.key, authenticator?.key ?? codeFor(ada.key), "hidden-"];
  for (const secret of [...secrets, ...codes]) assert.ok(!text.includes(secret), secret);
});

test("the export tells which browsers skip the second factor, and a recovery that waits", async () => {
  const ada = await protectedMember();
  const trusted = await enterPassword(ada);
  await trusted.submit("/login/second-factor", { code: await ada.code(), trust: "on" });
  await startRecovery(ada);
  const { json } = await exported(ada);
  const { devices, secondFactors } = JSON.parse((await fetched(ada, json)).bytes.toString());
  const ends = devices.map(({ secondFactorSkippedUntil: end }: { secondFactorSkippedUntil: string | null }) => end);
  assert.equal(ends.length, 2);
  assert.equal(ends.filter((end: string | null) => end !== null && Date.parse(end) > Date.now()).length, 1);
  const { askedAt, dueAt, expiresAt, ...others } = secondFactors.recovery;
  assert.ok(Date.parse(askedAt) < Date.parse(dueAt) && Date.parse(dueAt) < Date.parse(expiresAt));
  assert.deepEqual(others, { confirmedAt: null, needsAdmin: false });
});
