import "../../support/environment.js";
import "../../support/app.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Types } from "mongoose";
import { type Actor, operatorActor } from "../../../src/actor.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Domain } from "../../../src/models/domain.js";
import { Invitation } from "../../../src/models/invitation.js";
import { Membership } from "../../../src/models/membership.js";
import { createEntry } from "../../../src/models/outbox.js";
import { findWithAuthor } from "../../../src/models/post/lists.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { closeDomain } from "../../../src/services/domain/admin.js";
import { setMemberRole } from "../../../src/services/domain/members.js";
import { finishWaiting } from "../../../src/services/follow-ups.js";
import { acceptAsNew, acceptAsOwner, isClosed } from "../../../src/services/invitation/acceptance.js";
import { openInvitation } from "../../../src/services/invitation/find.js";
import { writePost } from "../../../src/services/post/create.js";
import { revisePost } from "../../../src/services/post/posts.js";

let count = 0;
/** Creates a domain, and a member of it as the actor at the start of a request. */
async function createMember() {
  count += 1;
  const domain = await Domain.open({ name: "A club", slug: `club-${count}` });
  assert.ok(domain);
  const username = `closing${count}`;
  const user = await User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
  await Membership.setRole(user._id, domain._id, { role: "user" });
  const person = {
    ...{ id: user.id, username, email: user.email, postCount: 0, isEmailConfirmed: true, isMember: true },
    ...{ roles: [{ role: "user", domain: String(domain._id) }], picture: null, epoch: 0, deletionDueAt: null },
  };
  const actor = { ...operatorActor, via: "browser", user: person } as unknown as Actor;
  return { domain, actor, user };
}
const close = (domain: Domain) => closeDomain(operatorActor, domain);
const text = { title: "In the club", body: "text" };
const later = () => new Date(Date.now() + 3_600_000);
const inside = ({ _id }: Domain) => User.countDocuments({ "roles.domain": _id });

/** Closes the domain right before or after an action calls this method of Post. */
async function closingAround(
  method: "write" | "revise",
  domain: Domain,
  when: "before" | "after",
  act: () => Promise<unknown>,
) {
  const original = Post[method] as (...all: unknown[]) => Promise<unknown>;
  const held = mock.method(Post, method, async (...all: unknown[]) => {
    if (when === "before") await close(domain);
    const done = await original(...all);
    if (when === "after") await close(domain);
    return done;
  });
  await act().finally(() => held.mock.restore());
}

for (const when of ["before", "after"] as const) {
  test(`a new post becomes a draft if its domain is closed right ${when} the write`, async () => {
    const { domain, actor } = await createMember();
    const data = { ...text, visibility: "domain" as const, domain: domain.slug };
    await closingAround("write", domain, when, () => writePost(actor, data));
    const [post] = await Post.find({ author: new Types.ObjectId(actor.user?.id) }).lean();
    assert.deepEqual([post?.visibility, post?.domain], ["draft", undefined]);
  });

  test(`a post moved into a domain becomes a draft if the domain is closed right ${when} the write`, async () => {
    const { domain, actor } = await createMember();
    const made = await Post.write(actor.user?.id ?? "", { ...text, visibility: "draft" });
    const post = await findWithAuthor(String(made._id));
    assert.ok(post);
    const change = { visibility: "domain" as const, domain: domain.slug };
    await closingAround("revise", domain, when, () => revisePost(actor, post, change));
    assert.equal(await Post.countDocuments({ domain: domain._id }), 0);
    assert.equal((await Post.findById(made._id).lean())?.visibility, "draft");
  });
}

test("after a crash, a post that was moved into a domain becomes a draft if the domain was closed in the meantime", async () => {
  const { domain, actor } = await createMember();
  const author = actor.user?.id ?? "";
  const { _id } = await Post.write(author, { ...text, visibility: "draft" });
  await close(domain);
  const entry = createEntry("post.edited", operatorActor, { author, title: text.title, isTold: false, isMoved: true });
  await Post.revise(_id, () => ({ ...text, visibility: "domain", domain: domain._id }), entry);
  await finishWaiting(later());
  assert.equal((await Post.findById(_id).lean())?.visibility, "draft");
});

test("a user added to a domain while it is being closed gets no role there", async () => {
  const { domain } = await createMember();
  const { user } = await createMember();
  const original = Membership.setRole;
  const held = mock.method(Membership, "setRole", async (...all: Parameters<typeof original>) => {
    await close(domain);
    return original(...all);
  });
  await assert.rejects(setMemberRole(operatorActor, domain, { user: user.username, role: "user" }));
  held.mock.restore();
  assert.equal(await User.countDocuments({ "roles.domain": new Types.ObjectId(String(domain._id)) }), 0);
  await finishWaiting(later());
  assert.equal(await AuditEvent.countDocuments({ user: user._id }), 0, "the audit log contains no new member");
});

test("after a crash, a user who got a role in a domain that was closed in the meantime does not keep it", async () => {
  const [{ domain, user: ada }, { user: bob }] = [await createMember(), await createMember()];
  const entryFor = (held: string | null) => {
    const event = held === null ? "domain.member-added" : "domain.role-changed";
    const data = { event, domain: String(domain._id), name: domain.name, role: "editor" };
    return createEntry("domain.moved", operatorActor, data);
  };
  const makeEditor = ({ _id }: User) => Membership.setRole(_id, domain._id, { role: "editor", entryFor });
  assert.equal(await makeEditor(ada), "user");
  await close(domain);
  assert.equal(await makeEditor(bob), null);
  await finishWaiting(later());
  assert.equal(await inside(domain), 0);
  for (const user of [ada, bob]) assert.equal(await AuditEvent.countDocuments({ user: user._id }), 0);
});

/** Creates an invitation into a domain, sent by a superadmin, and opens it as the accepting request does. */
async function invitedInto(domain: Domain, email: string, actor: Actor) {
  count += 1;
  const username = `inviter${count}`;
  const inviter = await User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
  await inviter.grantRole({ role: "superadmin", domain: null });
  const { _id } = await Invitation.prepare(email, { role: "editor", domain: String(domain._id) }, inviter.id);
  const secret = String(await Invitation.revealForMail(String(_id)));
  return { opened: (await openInvitation(actor, secret)) ?? assert.fail("it is open"), secret };
}

type Method = keyof typeof Domain;

/** Closes the domain after the invitation was claimed: before the account changes, or right after it changed. */
async function closingWhile(when: "begins" | "ends", domain: Domain, act: () => Promise<unknown>) {
  const isOpen = Domain.isOpen;
  let asked = 0;
  const held = mock.method(Domain, "isOpen" satisfies Method, async (id: Types.ObjectId) => {
    asked += 1;
    // The first call comes before the account changes, the second one afterwards.
    if (when === "begins" || asked === 2)
      await Domain.close(domain._id, createEntry("domain.closed", operatorActor, domain));
    const answer = await isOpen.call(Domain, id);
    return answer;
  });
  try {
    return await act();
  } finally {
    held.mock.restore();
    await finishWaiting(later());
  }
}

for (const when of ["begins", "ends"] as const) {
  test(`an existing user who accepts an invitation gets no role if its domain is closed as the acceptance ${when}`, async () => {
    const [{ domain }, { actor, user }] = [await createMember(), await createMember()];
    const { opened } = await invitedInto(domain, user.email, actor);
    const done = await closingWhile(when, domain, () => acceptAsOwner(actor, opened));
    assert.deepEqual(done, when === "begins" ? null : { isFirstProof: false, isClosed: true });
    assert.equal(await inside(domain), 0);
    for (const event of ["role.granted", "domain.member-added"]) {
      const given = await AuditEvent.countDocuments({ user: user._id, event });
      assert.equal(given, 0, "no role was granted, and the audit log contains no grant");
    }
  });

  test(`a new user who accepts an invitation gets no role if its domain is closed as the acceptance ${when}`, async () => {
    const { domain } = await createMember();
    const email = `newcomer-${when}@example.org`;
    const { opened } = await invitedInto(domain, email, operatorActor);
    const newcomer = { username: `newcomer-${when}`, password: "a-Bell-in-the-tower" };
    const done = await closingWhile(when, domain, () => acceptAsNew(operatorActor, opened, newcomer));
    assert.equal(await inside(domain), 0);
    assert.equal(await isClosed(opened.invitation), true);
    assert.equal(done === "not-found", when === "begins");
    assert.equal(await User.countDocuments({ email }), when === "begins" ? 0 : 1);
  });
}

test("an invitation into a domain that is being closed is invalid", async () => {
  const [{ domain }, { actor, user }] = [await createMember(), await createMember()];
  const { secret } = await invitedInto(domain, user.email, actor);
  await Domain.close(domain._id, createEntry("domain.closed", operatorActor, domain));
  assert.equal(await openInvitation(actor, secret), null);
});
