import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import mongoose from "mongoose";
import { systemActor } from "../../../src/actor.js";
import { ApiToken } from "../../../src/models/api-token.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Device } from "../../../src/models/device.js";
import { Export } from "../../../src/models/export.js";
import { IdempotencyKey } from "../../../src/models/idempotency-key.js";
import { LoginThrottle } from "../../../src/models/login-throttle.js";
import { MailedLink } from "../../../src/models/mailed-link.js";
import { PendingLogin } from "../../../src/models/pending-login.js";
import { Post } from "../../../src/models/post.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import {
  deleteDueAccounts,
  dropAbandonedSignUps,
  dropSignUp,
  scheduleDeletion,
} from "../../../src/services/account/deletion.js";
import { makeExport } from "../../../src/services/account/export/export.js";
import { record } from "../../../src/services/audit.js";
import { readTraces } from "../../support/jobs/traces.js";
import { mailAbout, mailsTo } from "../../support/mailbox.js";
import { type Member, member, newPerson, post, signedUp } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const MINUTES = 60_000;
const DAYS = 86_400_000;
const dueAt = Date.now() + 15 * DAYS;

afterEach(() => mock.restoreAll());

/** Makes usernames unique. They contain words that are nowhere else in the database, so that traces can be found. */
let count = 0;
async function leaver() {
  count += 1;
  const ada = await member({ ...newPerson(), username: `leaver-${count}-quokka`, email: `quokka${count}@example.org` });
  const { id, _id } = await User.findOne({ username: ada.username }).orFail();
  return { ...ada, id, _id };
}

/** Uses every feature of an account, so that each stores data. */
async function live(ada: Member & { id: string }) {
  await post(ada, { title: "One that is public" });
  await post(ada, { title: "A draft", visibility: "draft" });
  await ada.submit("/account/profile", { bio: "Me." });
  const phone = visitor();
  await phone.submit("/login", { login: ada.email, password: ada.password });
  const user = await User.findById(ada.id).orFail();
  await visitor().submit("/login", { login: ada.email, password: "not-the-password" });
  await MailedLink.issue({ purpose: "email-undo", user, email: user.email });
  const expiresAt = new Date(Date.now() + 30 * DAYS);
  await ApiToken.issue(ada.id, { description: `For ${ada.username}`, scopes: ["posts.read"], expiresAt });
  await PendingLogin.start({ user, browser: ada.username, byPassword: true, remember: false });
  await IdempotencyKey.reserve(ada.id, { key: "one", fingerprint: "x" });
  await makeExport({ id: (await Export.ask(ada.id)) ?? "" });
  const bob = await member();
  const other = await User.findOne({ username: bob.username }).orFail();
  await record({ ...systemActor, user: { id: ada.id } as never }, "email.confirmed", other);
}

const settle = async () => {
  await deleteDueAccounts(systemActor, new Date(dueAt));
  await deleteDueAccounts(systemActor, new Date(dueAt + 5 * MINUTES));
};

for (const posts of ["keep", "remove"] as const) {
  test(`no data of a deleted user is left in the database (posts: ${posts})`, async () => {
    const ada = await leaver();
    await live(ada);
    assert.ok((await readTraces(ada.id, ada.username, ada.email)).length > 5, "the account has left traces");
    await ada.submit("/account/deletion", { currentPassword: ada.password, posts });
    await settle();
    assert.deepEqual(await readTraces(ada.id, ada.username, ada.email), []);
    for (const files of ["exports", "exports.files", "exports.chunks"])
      assert.equal(await mongoose.connection.collection(files).countDocuments(), 0, files);
    assert.equal(await Post.countDocuments({ title: "One that is public", author: null }), posts === "keep" ? 1 : 0);
    await Post.deleteMany({ author: null });
  });
}

const steps: [string, object, string][] = [
  ["sessions", Session, "endAll"],
  ["links", MailedLink, "revoke"],
  ["devices", Device, "forgetOthers"],
  ["idempotency keys", IdempotencyKey, "forget"],
  ["login attempts", LoginThrottle, "drop"],
  ["exports", Export, "forget"],
  ["posts", Post, "detachFrom"],
  ["activity", AuditEvent, "forget"],
  ["the account", User, "deleteOne"],
];
for (const [what, model, method] of steps) {
  for (const moment of ["before", "after"] as const) {
    test(`a deletion that fails ${moment} the step of ${what} is finished by the next run`, async () => {
      const ada = await leaver();
      await live(ada);
      await ada.submit("/account/deletion", { currentPassword: ada.password });
      const act = Reflect.get(model, method) as (...args: unknown[]) => Promise<unknown>;
      const failing = mock.method(model as never, method as never, async (...args: unknown[]) => {
        if (moment === "after") await act.apply(model, args);
        throw new Error("killed");
      });
      await deleteDueAccounts(systemActor, new Date(dueAt));
      await assert.rejects(deleteDueAccounts(systemActor, new Date(dueAt + 5 * MINUTES)), AggregateError);
      assert.equal((await ada.get("/dashboard")).status, 303, "the account stays disabled meanwhile");
      failing.mock.restore();
      await deleteDueAccounts(systemActor, new Date(dueAt + 10 * MINUTES));
      assert.deepEqual(await readTraces(ada.id, ada.username, ada.email), []);
    });
  }
}

test("a deletion that fails does not block the deletion of other accounts", async () => {
  const [ada, bob] = [await leaver(), await leaver()];
  for (const one of [ada, bob]) await one.submit("/account/deletion", { currentPassword: one.password });
  await deleteDueAccounts(systemActor, new Date(dueAt));
  const { detachFrom: partFrom } = Post;
  mock.method(Post, "detachFrom", async (...args: Parameters<typeof partFrom>) => {
    if (String(args[0]) === ada.id) throw new Error("this one is stuck");
    await partFrom(...args);
  });
  await assert.rejects(deleteDueAccounts(systemActor, new Date(dueAt + 5 * MINUTES)));
  assert.deepEqual([await User.countDocuments({ _id: ada.id }), await User.countDocuments({ _id: bob.id })], [1, 0]);
  mock.restoreAll();
  await settle();
});

test("who loses access while their request is under way changes nothing that the owner did not ask for", async () => {
  const ada = await leaver();
  const read = () => User.findById(ada.id).orFail();
  assert.equal(await (await read()).addRecoveryEmail("the-other@example.org"), "done");
  const asIntruder = await read();
  await (await read()).setPassword("another-Sturdy-gate");
  const plan = { posts: "remove", here: { device: undefined, session: "" } } as const;
  assert.equal(await scheduleDeletion(systemActor, asIntruder, plan), "stale");
  assert.equal(await asIntruder.removeRecoveryEmail("the-other@example.org"), "stale");
  const { deletion, recoveryEmail } = await read();
  assert.deepEqual([deletion, recoveryEmail?.address], [null, "the-other@example.org"]);
  assert.equal(await (await read()).removeRecoveryEmail("the-other@example.org"), "done");
  assert.equal(await scheduleDeletion(systemActor, await read(), plan), "done");
  assert.equal(await scheduleDeletion(systemActor, await read(), plan), "done", "it is already scheduled");
});

test("if a deletion is cancelled while it runs, the account is either kept or deleted completely", async () => {
  const outcomes = { kept: 0, deleted: 0 };
  for (let round = 0; round < 30; round += 1) {
    const ada = await leaver();
    const user = await User.findById(ada.id).orFail();
    await user.scheduleDeletion("remove");
    const cancel = () => user.cancelDeletion();
    const begin = () => deleteDueAccounts(systemActor, new Date(dueAt));
    const both = round % 2 ? [cancel(), begin()] : [begin(), cancel()];
    const kept = (await Promise.all(both)).includes(true);
    await settle();
    const left = await User.findById(ada.id);
    assert.equal(left !== null, kept);
    if (kept) {
      assert.deepEqual([left?.disabledAt, left?.deletion], [null, null]);
      assert.equal((await ada.get("/dashboard")).status, 200, "a user who keeps the account stays logged in");
    } else assert.deepEqual(await readTraces(ada.id, ada.username, ada.email), []);
    outcomes[kept ? "kept" : "deleted"] += 1;
  }
  assert.ok(outcomes.kept + outcomes.deleted === 30);
});

test("several processes that delete an account at once send one notice", async () => {
  const ada = await leaver();
  await ada.submit("/account/deletion", { currentPassword: ada.password });
  const at = (ms: number) => Array.from({ length: 4 }, () => deleteDueAccounts(systemActor, new Date(dueAt + ms)));
  await Promise.all(at(0));
  await Promise.all(at(5 * MINUTES));
  await mailAbout(ada.email, /has been deleted/);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /has been deleted/.test(subject)).length, 1);
});

test("requests still in progress when the account was disabled leave no data after the deletion", async () => {
  const ada = await leaver();
  await ada.submit("/account/deletion", { currentPassword: ada.password });
  const user = await User.findById(ada.id).orFail();
  await deleteDueAccounts(systemActor, new Date(dueAt));
  await deleteDueAccounts(systemActor, new Date(dueAt + 1_000));
  assert.equal(await User.countDocuments({ _id: ada.id }), 1, "the account is disabled, but not deleted yet");
  await Device.noteLogin("late", ada.id, { ip: "", agent: "" });
  await Session.store("late", { passport: { user: ada._id }, epoch: 0 }, new Date(Date.now() + DAYS));
  await record(systemActor, "session.started", user);
  await post({ ...ada }, {}).catch(() => {});
  await Post.write(ada.id, { title: "Late", body: "x", visibility: "draft" });
  assert.equal(await user.cancelDeletion(), false);
  await user.enable();
  assert.ok((await User.findById(ada.id).orFail()).disabledAt, "the account can no longer be enabled");
  await deleteDueAccounts(systemActor, new Date(dueAt + 5 * MINUTES));
  assert.deepEqual(await readTraces(ada.id, ada.username, ada.email), []);
});

test("an export that finishes during the deletion is not stored", async () => {
  const ada = await leaver();
  const id = (await Export.ask(ada.id)) ?? "";
  const { finish } = Export;
  mock.method(Export, "finish", async (...args: Parameters<typeof finish>) => {
    await Export.forget(ada._id);
    return finish(...args);
  });
  await makeExport({ id });
  assert.equal(await mongoose.connection.collection("exports.chunks").countDocuments(), 0);
  assert.equal(await mongoose.connection.collection("exports.files").countDocuments(), 0);
  await makeExport({ id });
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /ready/.test(subject)).length, 0);
});

test("registrations unconfirmed for two days are deleted without a notice; others stay", async () => {
  const [ada, bob] = [await signedUp({ ...newPerson(), username: "wombat-one" }), await member()];
  const old = await signedUp();
  const inUse = { $set: { lastLoginAt: new Date() }, $unset: { emailConfirmedAt: 1 } } as const; // as in version 0.1
  await User.collection.updateOne({ username: old.username }, inUse);
  await dropAbandonedSignUps(new Date(Date.now() + 1 * DAYS));
  assert.equal(await User.countDocuments({ username: ada.username }), 1);
  await dropAbandonedSignUps(new Date(Date.now() + 2 * DAYS + MINUTES));
  assert.deepEqual(await readTraces(ada.username), []);
  assert.equal(await User.collection.countDocuments({ username: { $in: [bob.username, old.username] } }), 2);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /deleted/.test(subject)).length, 0);
});

test("a registration confirmed while it is being deleted is either kept and confirmed or deleted", async () => {
  for (let round = 0; round < 20; round += 1) {
    const person = await signedUp();
    const user = await User.findOne({ username: person.username }).orFail();
    const acts = [() => user.confirmEmail(user.email), () => dropSignUp(user)];
    const [first] = await Promise.all((round % 2 ? acts : acts.reverse()).map((act) => act()));
    const confirmed = round % 2 ? first : undefined;
    const left = await User.findOne({ username: person.username });
    if (left) assert.ok(left.emailConfirmedAt && !left.disabledAt);
    else assert.notEqual(confirmed, "done");
  }
});

test("a registration whose email was confirmed or corrected in the meantime is not deleted", async () => {
  const [ada, bob] = [await signedUp(), await signedUp()];
  const [one, two] = [await User.findOne({ username: ada.username }), await User.findOne({ username: bob.username })];
  assert.equal(await one?.confirmEmail(ada.email), "done");
  await two?.correctEmail("elsewhere@example.org");
  for (const user of [one, two]) if (user) await dropSignUp(user);
  for (const { username } of [ada, bob]) assert.equal(await User.countDocuments({ username }), 1);
});
