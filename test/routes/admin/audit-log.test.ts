import "../../support/environment.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { machineRoutes, pageRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { actAs, member, withRole } from "../../support/users.js";
import { readToken } from "../../support/visitor.js";

const eventsOn = (text: string) =>
  [...text.matchAll(/<strong>[^<]*<\/strong> <code>([^<]*)</g)].map(([, name]) => name);
const getId = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).id as string;

test("searching the audit log for a username or id finds events about that user and by them", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await actAs(admin, ada, "She <i>cannot</i> log in.");
  await admin.submit("/posts", {}, "/impersonation/end");
  for (const who of [ada.username, ada.username.toUpperCase(), await getId(ada)]) {
    const { status, text } = await admin.get(`/admin/audit-log?person=${who}`);
    assert.equal(status, 200);
    assert.deepEqual(eventsOn(text).slice(0, 2), ["impersonation.ended", "impersonation.started"]);
    assert.match(text, /She &lt;i&gt;cannot&lt;\/i&gt; log in\./);
    assert.match(text, new RegExp(`by <a href="/admin/users/${await getId(admin)}">${admin.username}<`));
  }
  const done = eventsOn(
    (await admin.get(`/admin/audit-log?person=${admin.username}&event=impersonation.started`)).text,
  );
  assert.deepEqual(done, ["impersonation.started"], "the search for an admin also finds what they did to others");
});

test("the audit log filters by kind and day, and links to other pages keep the filters", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const user = await getId(ada);
  const common = { actor: null, ip: "192.0.2.7", agent: "<script>alert(1)</script>", request: "r" };
  for (let n = 0; n < 60; n += 1) await AuditEvent.append({ ...common, event: "export.asked", user });
  const today = new Date().toISOString().slice(0, 10);
  const first = await admin.get(`/admin/audit-log?person=${ada.username}&event=export.asked&from=${today}&to=`);
  assert.equal(eventsOn(first.text).length, 50);
  assert.doesNotMatch(first.text, /<script>alert/);
  const older =
    /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&").replaceAll("&#38;", "&") ?? "";
  assert.match(older, /person=.*event=export\.asked.*from=.*before=/);
  assert.equal(eventsOn((await admin.get(older)).text).length, 10);
  const past = await admin.get(`/admin/audit-log?person=${ada.username}&to=2020-01-01`);
  assert.match(past.text, /No matching events/);
});

test("an invalid audit log filter shows an error and keeps the input", async () => {
  const admin = await withRole("admin");
  for (const [query, message] of [
    ["person=nobody-at-all", /No user with this name or ID/],
    ["person=%24ne", /No user with this name or ID/],
    ["person=a&person=b", /Enter one username or ID/],
    ["event=made.up", /Select an event from the list/],
    ["event=constructor", /Select an event from the list/],
    ["from=2026-02-30", /Enter a date like/],
    ["from=yesterday", /Enter a date like/],
    ["to=99999-01-01", /Enter a date like/],
    ["from=2026-02-02&to=2026-02-01", /must not be before the start date/],
  ] as const) {
    const page = await admin.get(`/admin/audit-log?${query}`);
    assert.equal(page.status, 422, query);
    assert.match(page.text, message, query);
    assert.deepEqual(eventsOn(page.text), [], query);
  }
  for (const query of ["before=x", "before[$gt]=1", "person[$ne]=x", "unknown=1"]) {
    const page = await admin.get(`/admin/audit-log?${query}`);
    assert.equal(page.status, 422, query);
    assert.ok(page.text.includes(`“${query.replace(/=.*/, "")}”: `), query);
    assert.deepEqual(eventsOn(page.text), [], query);
  }
});

test("an event whose actor was deleted shows no name and no link", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  const gone = await getId(ada);
  await AuditEvent.append({ event: "user.enabled", user: gone, actor: null, ip: "", agent: "", request: "" });
  await User.deleteOne({ _id: gone });
  const { text } = await admin.get(`/admin/audit-log?person=${gone}&event=user.enabled`);
  assert.match(text, /a deleted user/);
  assert.doesNotMatch(text, new RegExp(`href="/admin/users/${gone}"`));
});

test("no request changes or removes an event in the audit log", async () => {
  const admin = await withRole("superadmin");
  const before = await AuditEvent.collection.find().sort({ _id: 1 }).toArray();
  const posts = listMountedRoutes([...machineRoutes, ...pageRoutes]).filter(
    ({ method, path }) => method !== "GET" && path !== "/logout",
  );
  assert.ok(posts.length > 20);
  const _csrf = readToken((await admin.get("/posts/new")).text);
  for (const { path } of posts) {
    const filled = path.replace(/:\w+/g, String(before[0]?._id));
    assert.notEqual((await admin.send(filled, { _csrf, id: String(before[0]?._id) })).status, 500, path);
  }
  const ids = before.map(({ _id }) => _id);
  assert.deepEqual(
    await AuditEvent.collection
      .find({ _id: { $in: ids } })
      .sort({ _id: 1 })
      .toArray(),
    before,
  );
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    assert.ok([403, 404, 405].includes((await admin.request("/admin/audit-log", { method })).status), method);
  }
});

test("no code changes an event, except to forget a deleted user", () => {
  const src = fileURLToPath(new URL("../../../../src/", import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const changing = files.filter((file) =>
    /AuditEvent\s*\.\s*(collection\s*\.\s*)?(update|delete|replace|findOneAnd|findByIdAnd|bulk|drop)/.test(
      readFileSync(src + file, "utf8"),
    ),
  );
  assert.deepEqual(changing, []);
});
