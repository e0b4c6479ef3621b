import "../../support/app.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Types } from "mongoose";
import * as passwords from "../../../src/lib/passwords/hash.js";
import { Membership } from "../../../src/models/membership.js";
import { withTime } from "../../../src/models/user/collection.js";
import { userSchema } from "../../../src/models/user/schema.js";
import { User } from "../../../src/models/user.js";
import { account } from "../../support/users/accounts.js";
import { domain } from "../../support/users/domains.js";

const LONG_AGO = new Date("2020-01-01T00:00:00Z");
let user: User;
beforeEach(async () => {
  const { id } = await account();
  await User.collection.updateOne({ _id: new Types.ObjectId(id) }, { $set: { updatedAt: LONG_AGO } });
  user = await User.findById(id).orFail();
});
const readTime = async () => (await User.findById(user._id).orFail()).updatedAt;

const garden = await domain();
const club = new Types.ObjectId(garden.id);
const upload = new Types.ObjectId();

const changes: Record<string, () => Promise<unknown>> = {
  "the profile": () => user.describe({ bio: "I count." }),
  "the username": () => user.rename(`renamed-${user.id.slice(-6)}`),
  "the email": () => user.changeEmail(`${user.id}@example.org`),
  "the password": () => user.setPassword("another-sturdy-Gate-1"),
  "a lost password": () => user.invalidatePassword(),
  "a granted role": () => user.grantRole({ role: "editor", domain: null }),
  "a role in an organization": () => Membership.setRole(user._id, club, { role: "user" }),
  "the avatar": async () => {
    await user.expectPicture(upload);
    await user.showPicture(upload, "a".repeat(64));
  },
  disabling: () => user.disable(),
  deletion: () => user.scheduleDeletion("keep"),
  "a change through the model": () => User.updateOne({ _id: user._id }, { bio: "Other." }),
  "a saved document": () => user.set({ bio: "Saved." }).save(),
  "a change in bulk": () =>
    User.collection.bulkWrite([{ updateOne: { filter: { _id: user._id }, update: { $set: { bio: "Bulk." } } } }]),
  "a change of many": () => User.collection.updateMany({ _id: user._id }, { $set: { bio: "Many." } }),
  "a change of an unknown field": () => User.collection.updateOne({ _id: user._id }, { $set: { employeeId: 7 } }),
  "a replaced document": () =>
    User.collection.updateOne({ _id: user._id }, [{ $replaceWith: { $mergeObjects: ["$$ROOT", { bio: "x" }] } }]),
};
for (const [what, change] of Object.entries(changes)) {
  test(`${what} sets the time of the last change`, async () => {
    const before = Date.now() - 1_000;
    await change();
    const now = await readTime();
    assert.ok(now.getTime() >= before && now.getTime() <= Date.now() + 1_000, String(now));
  });
}

const others: Record<string, () => Promise<unknown>> = {
  "a login": () => user.noteLogin(),
  "logging out everywhere": () => user.endSessions(),
  "a new post": () => User.countPosts(user._id, 1),
  "an upload that isn't ready": () => user.expectPicture(upload),
  "search terms": () => User.fillSearch(),
};
for (const [what, change] of Object.entries(others)) {
  test(`${what} doesn't set it`, async () => {
    await change();
    assert.deepEqual(await readTime(), LONG_AGO);
  });
}

test("a password that is hashed again at a login with the same password keeps working", async () => {
  await user.setPassword("another-sturdy-Gate-1");
  const stored = await User.findById(user._id).select("+passwordHash").orFail();
  assert.ok((await passwords.verify("another-sturdy-Gate-1", stored.passwordHash ?? null)).ok);
});

test("every field of an account counts, except those that are listed", () => {
  const silent = Object.keys(userSchema.paths).filter((path) => {
    const update = { $set: { [path]: 1 } };
    return withTime(update) === update;
  });
  const tops = new Set(silent.map((path) => path.split(".", 1)[0]));
  assert.deepEqual([...tops].sort(), [
    "authenticator",
    "authenticatorUse",
    "counted",
    "factorRecovery",
    "lastLoginAt",
    "outbox",
    "passkeys",
    "pictureUpload",
    "postCount",
    "recoveryCodes",
    "recoveryCodesMadeAt",
    "search",
    "sessionEpoch",
    "signedUpBy",
    "updatedAt",
    "usedLinks",
  ]);
});
