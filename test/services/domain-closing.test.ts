import "../support/environment.js";
import "../support/app.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Types } from "mongoose";
import { type Actor, operator } from "../../src/actor.js";
import { Domain } from "../../src/models/domain.js";
import { Membership } from "../../src/models/membership.js";
import { Post } from "../../src/models/post.js";
import { findWithAuthor } from "../../src/models/post-lists.js";
import { User } from "../../src/models/user.js";
import { closeDomain } from "../../src/services/domain-admin.js";
import { placeMember } from "../../src/services/domain-members.js";
import { writePost } from "../../src/services/post-writing.js";
import { revisePost } from "../../src/services/posts.js";

let count = 0;
/** A domain and an actor who is in it, as the request of theirs found them. */
async function inDomain() {
  count += 1;
  const domain = await Domain.found({ name: "A club", slug: `club-${count}` });
  assert.ok(domain);
  const username = `closing${count}`;
  const user = await User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
  await Membership.place(user._id, domain._id, { role: "user" });
  const person = {
    ...{ id: user.id, username, email: user.email, postCount: 0, isEmailConfirmed: true, isMember: true },
    ...{ roles: [{ role: "user", domain: String(domain._id) }], picture: null, epoch: 0, deletionDueAt: null },
  };
  const actor = { ...operator, via: "browser", user: person } as unknown as Actor;
  return { domain, actor, user };
}
const close = (domain: Domain) => closeDomain(operator, domain);
const text = { title: "In the club", body: "text" };

/** Holds the first call of a function until the domain is closed: `before` it is done, or `after`. */
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
  test(`a post that is written while its domain closes becomes a draft: closed ${when} the write`, async () => {
    const { domain, actor } = await inDomain();
    const data = { ...text, visibility: "domain" as const, domain: domain.slug };
    await closingAround("write", domain, when, () => writePost(actor, data));
    const [post] = await Post.find({ author: new Types.ObjectId(actor.user?.id) }).lean();
    assert.deepEqual([post?.visibility, post?.domain], ["draft", undefined]);
  });

  test(`a post that is moved into a domain while that closes becomes a draft: closed ${when} the write`, async () => {
    const { domain, actor } = await inDomain();
    const made = await Post.write(actor.user?.id ?? "", { ...text, visibility: "draft" });
    const post = await findWithAuthor(String(made._id));
    assert.ok(post);
    const change = { visibility: "domain" as const, domain: domain.slug };
    await closingAround("revise", domain, when, () => revisePost(actor, post, change));
    assert.equal(await Post.countDocuments({ domain: domain._id }), 0);
    assert.equal((await Post.findById(made._id).lean())?.visibility, "draft");
  });
}

test("who is brought into a domain while it closes is not left in it", async () => {
  const { domain } = await inDomain();
  const { user } = await inDomain();
  const original = Membership.place;
  const held = mock.method(Membership, "place", async (...all: Parameters<typeof original>) => {
    await close(domain);
    return original(...all);
  });
  await assert.rejects(placeMember(operator, domain, { user: user.username, role: "user" }));
  held.mock.restore();
  assert.equal(await User.countDocuments({ "roles.domain": new Types.ObjectId(String(domain._id)) }), 0);
});
