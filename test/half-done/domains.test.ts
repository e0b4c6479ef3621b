import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { systemActor } from "../../src/actor.js";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { Domain } from "../../src/models/domain.js";
import { Invitation } from "../../src/models/invitation.js";
import { createEntry } from "../../src/models/outbox.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { type Failing, noFault } from "../support/database/faults.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account } from "../support/users/accounts.js";
import { domain } from "../support/users/domains.js";
import { type Member, member, newPerson, withRole } from "../support/users.js";

const root: Member = await withRole("superadmin");
const gone = { "lost-outage": "whether it is gone, or gone just now, is the same to who asks for it" } as const;
type Club = Awaited<ReturnType<typeof domain>>;
type Someone = Awaited<ReturnType<typeof account>>;
const eventsAt = async (field: string, id: string) =>
  (await AuditEvent.collection.find({ [`details.${field}`]: id }).toArray()).map(({ event }) => event).sort();
let count = 0;

const opening: UseCase<{ slug: string; once: string }> = {
  name: "creating a domain",
  async prepare() {
    count += 1;
    return { slug: `opened-${count}`, once: createOnceKey() };
  },
  act: ({ slug, once }, fault) => press(root, "/admin/domains", { name: "A club", slug, once }, { fault }),
  async check({ slug }, { location }) {
    assert.equal(location, `/admin/domains/${slug}`);
    const found = await Domain.findBySlug(slug);
    assert.deepEqual(await eventsAt("domain", String(found?._id)), ["domain.opened"]);
  },
};

const renaming: UseCase<{ club: Club }> = {
  name: "renaming a domain",
  prepare: async () => ({ club: await domain() }),
  // The old address of the domain returns 404 afterwards, as expected.
  except: gone,
  act: ({ club }, fault) =>
    press(root, `/admin/domains/${club.slug}/edit`, { name: "Other", slug: `${club.slug}-b` }, { fault }),
  async check({ club }) {
    assert.ok(await Domain.findBySlug(`${club.slug}-b`));
    assert.deepEqual(await eventsAt("domain", club.id), ["domain.renamed"]);
  },
};

const closing: UseCase<{ club: Club; ada: Someone; post: string }> = {
  name: "closing a domain",
  async prepare() {
    const [club, ada] = [await domain(), await account()];
    await (await User.findById(ada.id).orFail()).grantRole({ role: "user", domain: club.id });
    const inside = { visibility: "domain" as const, domain: new mongoose.Types.ObjectId(club.id) };
    const post = await Post.write(ada.id, { title: "x", body: "x", ...inside });
    return { club, ada, post: String(post._id) };
  },
  except: gone,
  act: ({ club }, fault) => press(root, `/admin/domains/${club.slug}/delete`, { confirmation: club.slug }, { fault }),
  async check({ club, ada, post }) {
    assert.equal(await Domain.countDocuments({ _id: club.id }), 0);
    assert.deepEqual([...(await User.findById(ada.id).orFail()).roles], []);
    assert.equal((await Post.findById(post).orFail()).visibility, "draft");
    assert.deepEqual(await eventsAt("domain", club.id), ["domain.closed"]);
  },
};

const makeEditor = ({ club, ada }: { club: Club; ada: Someone }, fault: Failing) =>
  press(root, `/admin/domains/${club.slug}`, { user: ada.username, role: "editor" }, { fault });
const readRoles = async ({ id }: { id: string }) =>
  [...(await User.findById(id).orFail()).roles].map(({ role }) => role);

const placing: UseCase<{ club: Club; ada: Someone }> = {
  name: "adding a member to a domain",
  prepare: async () => ({ club: await domain(), ada: await account() }),
  act: makeEditor,
  async check({ ada }) {
    assert.deepEqual(await readRoles(ada), ["editor"]);
    assert.deepEqual(await listEvents(ada), ["domain.member-added"]);
  },
};

const setUpClub = async () => {
  const [club, ada] = [await domain(), await member()];
  await (await User.findById(ada.id).orFail()).grantRole({ role: "user", domain: club.id });
  return { club, ada };
};

const changing: UseCase<{ club: Club; ada: Member }> = {
  name: "changing a role in a domain",
  prepare: setUpClub,
  act: makeEditor,
  async check({ ada }) {
    assert.deepEqual(await readRoles(ada), ["editor"]);
    assert.deepEqual(await listEvents(ada), ["domain.role-changed", "session.started"]);
  },
};

const leaving: UseCase<{ club: Club; ada: Member }> = {
  name: "leaving a domain",
  prepare: setUpClub,
  except: gone,
  act: ({ club, ada }, fault) => press(ada, `/domains/${club.slug}/leave`, {}, { fault }),
  async check({ ada }) {
    assert.deepEqual([...(await User.findById(ada.id).orFail()).roles], []);
    assert.deepEqual(await listEvents(ada), ["domain.left", "session.started"]);
  },
};

const removing: UseCase<{ club: Club; ada: Member }> = {
  name: "removing a member from a domain",
  async prepare() {
    const { club, ada } = await setUpClub();
    await Invitation.prepare(ada.email, { role: "editor", domain: club.id }, root.id);
    return { club, ada };
  },
  except: gone,
  act: ({ club, ada }, fault) => press(root, `/admin/domains/${club.slug}/members/${ada.id}/remove`, {}, { fault }),
  async check({ ada }) {
    assert.deepEqual([...(await User.findById(ada.id).orFail()).roles], []);
    assert.deepEqual(await listEvents(ada), ["domain.member-removed", "session.started"]);
    assert.ok((await Invitation.findOne({ email: ada.email }).orFail()).outdatedAt);
  },
};

const inviting: UseCase<{ email: string; once: string }> = {
  name: "sending an invitation",
  prepare: async () => ({ email: newPerson().email, once: createOnceKey() }),
  act: ({ email, once }, fault) =>
    press(root, "/admin/invitations", { email, role: "user", domain: "", once }, { fault }),
  async check({ email }) {
    const [one, ...others] = await Invitation.find({ email });
    assert.deepEqual(others, []);
    assert.deepEqual(await eventsAt("invitation", String(one?._id)), ["invitation.sent"]);
    assert.equal((await subjectsTo(email)).length, 1);
  },
};

const invited = async () => {
  const { email } = newPerson();
  const { _id } = await Invitation.prepare(email, { role: "user", domain: null }, root.id);
  return { email, id: String(_id) };
};

const again: UseCase<{ email: string; id: string }> = {
  name: "resending an invitation",
  prepare: invited,
  except: { "lost-outage": "who asks again for another mail gets another mail" },
  act: ({ id }, fault) => press(root, `/admin/invitations/${id}/resend`, {}, { fault }),
  async check({ email, id }) {
    assert.deepEqual(await eventsAt("invitation", id), ["invitation.sent"]);
    assert.equal((await subjectsTo(email)).length, 1);
  },
};

const takingBack: UseCase<{ email: string; id: string }> = {
  name: "revoking an invitation",
  prepare: invited,
  except: gone,
  act: ({ id }, fault) => press(root, `/admin/invitations/${id}/revoke`, {}, { fault }),
  async check({ id }) {
    assert.ok((await Invitation.findById(id).orFail()).revokedAt);
    assert.deepEqual(await eventsAt("invitation", id), ["invitation.revoked"]);
  },
};

for (const one of [
  opening,
  renaming,
  closing,
  placing,
  changing,
  leaving,
  removing,
  inviting,
  again,
  takingBack,
] as UseCase<never>[])
  test(`interrupted: ${one.name}`, () => tryEveryFailure(one));

test("a domain that is deleted before its creation was recorded is recorded as created and deleted", async () => {
  const club = await domain();
  const entry = createEntry("domain.opened", systemActor, { name: "A club", slug: club.slug });
  await Domain.collection.updateOne({ slug: club.slug }, { $push: { outbox: entry } } as never);
  const page = await press(root, `/admin/domains/${club.slug}/delete`, { confirmation: club.slug }, { fault: noFault });
  assert.equal(page.status, 303, page.text);
  assert.deepEqual(await eventsAt("domain", club.id), ["domain.closed", "domain.opened"]);
});
