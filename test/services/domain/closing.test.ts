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
/** A domain and an actor who is a member of it, as at the start of the actor's request. */
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

/** Closes the domain around the first call of a function: `before` it runs, or `after`. */
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
  test(`a post written while its domain is closed becomes a draft: closed ${when} the write`, async () => {
    const { domain, actor } = await createMember();
    const data = { ...text, visibility: "domain" as const, domain: domain.slug };
    await closingAround("write", domain, when, () => writePost(actor, data));
    const [post] = await Post.find({ author: new Types.ObjectId(actor.user?.id) }).lean();
    assert.deepEqual([post?.visibility, post?.domain], ["draft", undefined]);
  });

  test(`a post moved into a domain while it is closed becomes a draft: closed ${when} the write`, async () => {
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

test("a member added while the domain is closed does not stay", async () => {
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
});

/** An invitation into a domain, as the accepting request opened it; sent by an admin of all domains. */
async function invitedInto(domain: Domain, email: string, actor: Actor) {
  count += 1;
  const username = `inviter${count}`;
  const inviter = await User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
  await inviter.grantRole({ role: "superadmin", domain: null });
  const { _id } = await Invitation.prepare(email, { role: "editor", domain: String(domain._id) }, inviter.id);
  const secret = String(await Invitation.revealForMail(String(_id)));
  return { opened: (await openInvitation(actor, secret)) ?? assert.fail("it is open"), secret };
}

const inside = ({ _id }: Domain) => User.countDocuments({ "roles.domain": _id });
type Method = keyof typeof Domain;

/** Closes the domain after the invitation is claimed and before the account changes, or just when it has changed. */
async function closingWhile(when: "begins" | "ends", domain: Domain, act: () => Promise<unknown>) {
  const isOpen = Domain.isOpen;
  let asked = 0;
  const held = mock.method(Domain, "isOpen" satisfies Method, async (id: Types.ObjectId) => {
    asked += 1;
    // Called first before the account changes, and a second time afterwards.
    if (when === "begins" || asked === 2)
      await Domain.close(domain._id, createEntry("domain.closed", operatorActor, domain));
    const answer = await isOpen.call(Domain, id);
    return answer;
  });
  try {
    return await act();
  } finally {
    held.mock.restore();
    await finishWaiting(new Date(Date.now() + 3_600_000));
  }
}

for (const when of ["begins", "ends"] as const) {
  test(`an owner who accepts an invitation while its domain is closed gets no role in it: the domain closes as the acceptance ${when}`, async () => {
    const [{ domain }, { actor, user }] = [await createMember(), await createMember()];
    const { opened } = await invitedInto(domain, user.email, actor);
    const done = await closingWhile(when, domain, () => acceptAsOwner(actor, opened));
    assert.deepEqual(done, when === "begins" ? null : { isFirstProof: false, isClosed: true });
    assert.equal(await inside(domain), 0);
    const given = await AuditEvent.countDocuments({ user: user._id, event: "role.granted" });
    assert.equal(given, 0, "nothing was given, and nothing is written down as given");
  });

  test(`a new user who accepts an invitation while its domain is closed gets no role in it: the domain closes as the acceptance ${when}`, async () => {
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

test("an invitation into a domain that is being closed has ended", async () => {
  const [{ domain }, { actor, user }] = [await createMember(), await createMember()];
  const { secret } = await invitedInto(domain, user.email, actor);
  await Domain.close(domain._id, createEntry("domain.closed", operatorActor, domain));
  assert.equal(await openInvitation(actor, secret), null);
});
