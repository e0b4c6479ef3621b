import "../support/app.js";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import mongoose from "mongoose";
import { systemActor } from "../../src/actor.js";
import { createEvent, type EventType, eventTypes, type PublicEvent } from "../../src/definitions/public-events.js";
import { enqueue } from "../../src/jobs/enqueue.js";
import { lookForJobs } from "../../src/jobs/queue.js";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { deleteDueAccounts } from "../../src/services/account/deletion.js";
import { eventHooks } from "../../src/site/hooks.js";
import { press, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { allJobsDone, waitingJobs } from "../support/jobs/waiting.js";
import { askToChange, press as pressLink } from "../support/mail/links.js";
import { until } from "../support/until.js";
import { domain } from "../support/users/domains.js";
import { invitedBy } from "../support/users/invitations.js";
import { comment, type Member, member, newPerson, post, registeredMember, withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

const DAYS = 86_400_000;
type Run = (event: PublicEvent) => Promise<void>;
const hooks = eventHooks as Record<string, Record<string, Run>>;

/** Adds a hook for these events, and returns what it gets: each event once, however often it is called. */
function listen(types: readonly EventType[] = eventTypes) {
  const events = new Map<string, PublicEvent>();
  for (const type of types) hooks[type] = { ...hooks[type], keep: async (event) => void events.set(event.id, event) };
  return { about: (id: string) => [...events.values()].filter(({ data }) => Object.values(data).includes(id)) };
}
const names = (events: PublicEvent[]) => events.map(({ type }) => type).sort();

afterEach(() => {
  for (const type of eventTypes) delete hooks[type];
});

test("hooks get the events of an account, with ids and no addresses", async () => {
  const kept = listen();
  const [root, ada] = [await withRole("superadmin"), await registeredMember()];
  const address = `/admin/users/${ada.id}`;
  const forms: [string, Record<string, string>][] = [
    ["/roles", { roles: "editor" }],
    ["/disable", { reason: "A test" }],
    ["/enable", {}],
    ["/delete", { reason: "A test", posts: "remove" }],
  ];
  for (const [path, fields] of forms) {
    const answer = await root.submit(path === "/enable" ? address : `${address}${path}`, fields, `${address}${path}`);
    assert.equal(answer.status, 303, `${path}: ${answer.text}`);
  }
  await User.collection.updateOne({ username: ada.username }, { $set: { "deletion.dueAt": new Date() } });
  await deleteDueAccounts(systemActor, new Date());
  await deleteDueAccounts(systemActor, new Date(Date.now() + 1 * DAYS));
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  await allJobsDone();
  const events = kept.about(ada.id);
  assert.deepEqual(names(events), [
    "user.deleted",
    "user.disabled",
    "user.email_confirmed",
    "user.enabled",
    "user.registered",
    "user.role_granted",
  ]);
  const granted = events.find(({ type }) => type === "user.role_granted");
  assert.deepEqual(granted?.data, { user: ada.id, role: "editor", domain: null });
  assert.match(granted?.id ?? "", /^evt_[0-9a-f]{24}$/);
  assert.equal(granted?.version, 1);
  assert.ok(Math.abs(Date.parse(granted?.timestamp ?? "") - Date.now()) < 60_000);
  assert.ok(!JSON.stringify(events).includes(ada.username) && !JSON.stringify(events).includes(ada.email));
});

test("a change of email is published when the address changes or is restored, not when it is cancelled", async () => {
  const kept = listen(["user.email_changed"]);
  const [ada, bob, eve] = [await member(), await member(), await member()];
  await askToChange(ada, newPerson().email);
  assert.equal((await ada.submit("/account/email", {}, "/account/email/cancel")).status, 303);
  assert.equal((await pressLink((await askToChange(bob, newPerson().email)).undo)).status, 303);
  const { confirm, undo } = await askToChange(eve, newPerson().email);
  assert.equal((await pressLink(confirm, eve)).status, 303);
  await allJobsDone();
  assert.equal(kept.about(eve.id).length, 1);
  assert.equal((await pressLink(undo)).status, 303);
  await allJobsDone();
  assert.deepEqual(
    [ada, bob, eve].map(({ id }) => kept.about(id).length),
    [0, 0, 2],
  );
});

test("hooks get the events of posts, comments and organizations", async () => {
  const kept = listen();
  const [root, ada] = [await withRole("superadmin"), await member()];
  const id = /[0-9a-f]{24}/.exec(await post(ada))?.[0] ?? "";
  const remark = await comment(ada, id);
  await ada.submit(`/posts/${id}/edit`, { title: "A door", body: "x", visibility: "public" }, `/posts/${id}`);
  await ada.submit(`/posts/${id}/edit`, {}, `/comments/${remark}/delete`);
  await ada.submit(`/posts/${id}/edit`, {}, `/posts/${id}/delete`);
  await root.submit("/admin/domains", { name: "Rope makers", slug: "ropes" });
  await root.submit("/admin/domains/ropes", { user: ada.username, role: "editor" });
  await root.submit("/admin/domains/ropes", { user: ada.username, role: "user" });
  await ada.submit("/domains/ropes/leave", {});
  await root.submit("/admin/domains/ropes/edit", { name: "Ropes", slug: "rope" });
  await root.submit("/admin/domains/rope/delete", { confirmation: "rope" });
  await allJobsDone();
  const ofPost = kept.about(id);
  assert.deepEqual(names(ofPost), [
    "comment.created",
    "comment.deleted",
    "post.created",
    "post.deleted",
    "post.updated",
  ]);
  for (const { data } of ofPost) assert.equal((data as { author?: string }).author, ada.id);
  const created = kept.about("ropes").find(({ type }) => type === "domain.created");
  const { domain = "" } = (created?.data ?? {}) as { domain?: string };
  assert.deepEqual(names(kept.about(domain)), [
    "domain.created",
    "domain.deleted",
    "domain.member_added",
    "domain.member_changed",
    "domain.member_removed",
    "domain.renamed",
  ]);
});

test("hooks learn who joins an organization through an invitation, and whose role it raises", async () => {
  const kept = listen(["domain.member_added", "domain.member_changed", "user.role_granted"]);
  const [root, club] = [await withRole("superadmin"), await domain()];
  const [ada, bob, eve] = [await member(), await withRole("user", club.id), newPerson()];
  const [adas, bobs, eves] = await Promise.all(
    [ada, bob, eve].map(({ email }) => invitedBy(root, { email, role: "editor", domain: club.slug })),
  );
  assert.equal((await ada.submit(adas?.link ?? "", {})).status, 303);
  assert.equal((await bob.submit(bobs?.link ?? "", {})).status, 303);
  const { username, password } = eve;
  assert.equal((await visitor().submit(eves?.link ?? "", { username, password })).status, 303);
  await allJobsDone();
  const { id } = await User.findOne({ username }).orFail();
  for (const [user, type] of [
    [ada.id, "domain.member_added"],
    [bob.id, "domain.member_changed"],
    [id as string, "domain.member_added"],
  ] as const) {
    const events = kept.about(user);
    assert.deepEqual(names(events), [type]);
    assert.deepEqual(events[0]?.data, { domain: club.id, user, role: "editor" });
  }
  assert.match(
    (await ada.get("/account/activity")).text,
    new RegExp(`added to an organization\\. <q dir="auto">${club.name}`),
  );
});

/** Waits until the only hook has failed, and makes its next attempt due. */
async function tryAgain(): Promise<void> {
  const jobs = mongoose.connection.collection("jobs");
  const failed = { name: "run-hook", failCount: 1, lockedAt: null };
  await until("it waits", async () => (await jobs.countDocuments(failed)) === 1);
  await jobs.updateOne(failed, { $set: { nextRunAt: new Date() } });
  await lookForJobs("run-hook");
}

test("a failing hook is tried again with the same event, and delays no other hook", async () => {
  const kept = listen(["post.created"]);
  const tries: string[] = [];
  const failing: Run = async ({ id }) => {
    tries.push(id);
    if (tries.length === 1) throw new Error("the newsletter is down");
  };
  hooks["post.created"] = { failing, ...hooks["post.created"] };
  const ada = await member();
  await post(ada);
  await until("the other hook has run", () => kept.about(ada.id).length === 1);
  await until("the failing one has failed", () => tries.length === 1);
  await tryAgain();
  await until("it was tried again", () => tries.length === 2);
  assert.equal(tries[0], tries[1]);
  await allJobsDone();
});

test("an event for a hook of a newer version waits until a process of that version takes it", async () => {
  const data = { post: String(new mongoose.Types.ObjectId()), author: String(new mongoose.Types.ObjectId()) };
  const event = createEvent("post.created", data, { id: new mongoose.Types.ObjectId() });
  await enqueue("run-hook", { hook: "keep", event });
  const hasFailed = async () => (await waitingJobs("run-hook"))[0]?.failCount === 1;
  await until("a process without the hook took it", hasFailed);
  const kept = listen(["post.created"]);
  await tryAgain();
  await allJobsDone();
  assert.deepEqual(
    kept.about(data.post).map(({ id }) => id),
    [event.id],
  );
});

const text = { title: "A gate", body: "In the *wall*.", visibility: "public" };
const writing: UseCase<{ ada: Member; once: string; kept: ReturnType<typeof listen> }> = {
  name: "publishing the event of a new post",
  prepare: async () => ({ ada: await member(), once: createOnceKey(), kept: listen(["post.created"]) }),
  act: ({ ada, once }, fault) => press(ada, "/posts", { ...text, once }, { fault }),
  async check({ ada, kept }) {
    const [written] = await Post.find({ author: ada.id }).lean();
    assert.deepEqual(
      kept.about(ada.id).map(({ data }) => data),
      [{ post: String(written?._id), author: ada.id }],
    );
  },
};

const editing: UseCase<{ ada: Member; id: string; kept: ReturnType<typeof listen> }> = {
  name: "publishing the event of an edited post",
  async prepare() {
    const ada = await member();
    const id = String((await Post.write(ada.id, { ...text, visibility: "public" }))._id);
    return { ada, id, kept: listen(["post.updated"]) };
  },
  act: ({ ada, id }, fault) => press(ada, `/posts/${id}`, { ...text, title: "A door" }, { fault }),
  async check({ id, kept }) {
    assert.equal((await Post.findById(id).orFail()).title, "A door");
    assert.deepEqual(names(kept.about(id)), ["post.updated"]);
  },
};

for (const one of [writing, editing] as UseCase<never>[]) test(`interrupted: ${one.name}`, () => tryEveryFailure(one));
