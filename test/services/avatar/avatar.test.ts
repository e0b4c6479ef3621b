import "../../support/environment.js";
import assert from "node:assert/strict";
import { after, afterEach, beforeEach, mock, test } from "node:test";
import mongoose from "mongoose";
import { systemActor } from "../../../src/actor.js";
import { openDatabase } from "../../../src/database/open.js";
import { stopQueue } from "../../../src/jobs/queue.js";
import { Avatar, getOriginalName } from "../../../src/models/avatar.js";
import { User } from "../../../src/models/user.js";
import {
  cleanUpAvatars,
  findNewestUpload,
  processUpload,
  removeAvatar,
  uploadAvatar,
} from "../../../src/services/avatar/avatar.js";
import { avatarStore } from "../../../src/services/avatar/storage.js";
import { again, clear, expectOnly, person, red, shown, uploaded } from "../../support/avatars/stored.js";
import { silent, temporaryDirectory, temporaryEngine } from "../../support/database/engine.js";
import { cutOff } from "../../support/database/writes.js";

const HOURS = 3_600_000;
const DAYS = 24 * HOURS;
const addTime = (ms: number) => new Date(Date.now() + ms);

const { uri } = await temporaryEngine();
const database = await openDatabase({ uri, dataDir: temporaryDirectory(), log: silent });
const bytes = await red();
const jobs = () => mongoose.connection.collection("jobs");

beforeEach(clear);
afterEach(() => mock.restoreAll());
after(async () => {
  await stopQueue();
  await database.close();
});

/** Runs the waiting jobs, and returns how many there were. */
async function work(): Promise<number> {
  const waiting = await jobs().find({ name: "make-picture" }).toArray();
  await jobs().deleteMany({});
  for (const { data } of waiting) await processUpload(data);
  return waiting.length;
}

/** Lists the uploads whose original still exists. */
const originals = () => mongoose.connection.collection("pictures.files").distinct("_id", { filename: /^originals/ });
const expectOriginals = async (...ids: string[]) =>
  assert.deepEqual(await originals(), ids.map(getOriginalName).sort());

/** Runs the jobs and sweeps of the next four hours. */
async function wait(): Promise<void> {
  await work();
  await cleanUpAvatars(addTime(2 * HOURS));
  await work();
  await cleanUpAvatars(addTime(4 * HOURS));
}

type Story<Given> = {
  given: (user: User) => Promise<Given>;
  act: (given: Given, user: User) => Promise<unknown>;
  /** Returns true if the user may end up with this avatar. */
  isRight: (picture: string | null, before: string) => boolean;
  step?: number;
};

/**
 * Repeats a story of a user with an avatar, interrupted before its first write, then before a later one, and so on.
 * Checks each time that no files are left over. Returns the approximate number of writes.
 */
async function cutOffEverywhere<Given>({ given, act, isRight, step = 1 }: Story<Given>): Promise<number> {
  for (let write = 1; ; write += step) {
    await clear();
    const user = await person();
    const before = await shown(user);
    const what = await given(user);
    const isOver = await cutOff(write, () => act(what, user));
    await wait();
    const { picture = null } = await again(user);
    assert.ok(isRight(picture, before), `${picture} after write ${write}`);
    await expectOnly(...(picture ? [picture] : []));
    if (!isOver) return write - step;
  }
}

test("a job interrupted at any point is finished later: its upload is shown, and no other files are left", async () => {
  const writes = await cutOffEverywhere({
    given: (user) => uploaded(user, bytes),
    act: (id) => processUpload({ id }),
    isRight: (picture, before) => picture !== null && picture !== before,
    step: 2, // enough, because its files are similar
  });
  assert.ok(writes > 20, String(writes));
});

test("an upload interrupted at any point is either shown later or was never stored", async () => {
  const writes = await cutOffEverywhere({
    given: async () => null,
    act: (_, user) => uploadAvatar(systemActor, user, bytes),
    isRight: (picture) => picture !== null,
  });
  assert.ok(writes >= 5, String(writes));
});

test("a removal interrupted at any point, even during processing, leaves no files behind", async () => {
  const writes = await cutOffEverywhere({
    given: (user) => uploaded(user, bytes),
    act: (_, user) => removeAvatar(systemActor, user),
    isRight: (picture, before) => picture === null || picture !== before,
  });
  assert.ok(writes > 15, String(writes));
});

test("several processes that handle the same upload create one avatar", async () => {
  const user = await person();
  const before = await shown(user);
  const id = await uploaded(user, bytes);
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => processUpload({ id })));
  assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ["fulfilled"]);
  const { picture, pictureUpload } = await again(user);
  assert.ok(picture && picture !== before && !pictureUpload);
  await expectOnly(picture);
});

test("a process that is late or has outdated data deletes no file of the current avatar", async () => {
  const user = await person();
  const id = await uploaded(user, bytes);
  const early = (await Avatar.findUpload(id)) as Avatar;
  const { get } = avatarStore;
  const late = mock.method(avatarStore, "get", async (...asked: Parameters<typeof get>) => {
    late.mock.restore();
    await processUpload({ id }); // another process finishes first and deletes the original
    return get(...asked);
  });
  await processUpload({ id });
  const { picture } = await again(user);
  assert.equal((await Avatar.findUpload(id))?.refusal, null);
  mock.method(Avatar, "listToCheck", async () => [early]);
  await cleanUpAvatars();
  mock.restoreAll();
  await wait();
  await expectOnly(picture ?? "none");
});

test("a sweep waits an hour before it finishes or removes an upload", async () => {
  const [ada, bob] = [await person(), await person()];
  const hers = await uploaded(ada, bytes);
  const { _id } = await Avatar.start(bob.id);
  await avatarStore.put(getOriginalName(_id), bytes, "");
  await cleanUpAvatars(addTime(0.9 * HOURS));
  await expectOriginals(hers, String(_id));
  assert.equal(await work(), 0);
  await cleanUpAvatars(addTime(1.1 * HOURS));
  await expectOriginals(hers);
  await cleanUpAvatars(addTime(0.9 * HOURS));
  assert.equal(await work(), 1, "the job is queued once, not at each sweep");
  await expectOnly((await again(ada)).picture ?? "none");
});

test("a sweep keeps current avatars, even of disabled users", async () => {
  const people = [await person(), await person(), await person()];
  const hashes = await Promise.all(people.map(shown));
  for (const user of people.slice(1)) await Avatar.scheduleCheck(user._id);
  await people[2]?.disable();
  await cleanUpAvatars(addTime(2 * HOURS));
  await cleanUpAvatars(addTime(99 * DAYS));
  await expectOnly(...hashes);
});

test("an upload that fails for a day is rejected, and the user can read that for a week", async () => {
  const user = await person();
  const id = await uploaded(user, bytes);
  await Avatar.updateOne({ _id: id }, { uploadedAt: addTime(-23 * HOURS), lookAt: addTime(-1) });
  await cleanUpAvatars();
  assert.equal((await Avatar.findUpload(id))?.refusal, null);
  await cleanUpAvatars(addTime(1.1 * HOURS));
  assert.equal((await findNewestUpload(await again(user)))?.refusal, "broken");
  await expectOriginals();
  await work();
  await cleanUpAvatars(addTime(6.9 * DAYS));
  assert.ok(await findNewestUpload(await again(user)));
  await cleanUpAvatars(addTime(7.1 * DAYS));
  assert.equal(await findNewestUpload(await again(user)), null);
  await expectOnly();
});

test("a sweep deletes all files of deleted users, and a failure with one upload does not block the others", async () => {
  const people = [await person(), await person()];
  for (const user of people) {
    await uploaded(user, bytes);
    await shown(user);
    await Avatar.scheduleCheck(user._id);
    await User.deleteOne({ _id: user._id });
  }
  const { remove } = avatarStore;
  const first = getOriginalName((await Avatar.listToCheck(addTime(2 * HOURS)))[0]?._id ?? "");
  mock.method(avatarStore, "remove", async (name: string) => {
    if (name === first) throw new Error("the bucket is away");
    await remove(name);
  });
  await assert.rejects(cleanUpAvatars(addTime(2 * HOURS)), AggregateError);
  assert.equal(await Avatar.countDocuments(), 1);
  mock.restoreAll();
  await cleanUpAvatars(addTime(2 * HOURS));
  await expectOnly();
});
