import { createHash } from "node:crypto";
import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { enqueue } from "../../jobs/queue.js";
import { actOnEach, iterateNew, type Stop } from "../../lib/async/until-done.js";
import { findImageProblem, makeAvatarFiles, type Refusal } from "../../lib/files/images.js";
import { readWhole } from "../../lib/files/storage.js";
import { Avatar, getFileName, getOriginalName, listFileNames } from "../../models/avatar.js";
import { deriveOnceId } from "../../models/outbox/once.js";
import type { OutboxEntry } from "../../models/outbox.js";
import type { WithAvatar } from "../../models/user/avatar.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { avatarStore } from "./storage.js";

/*
 * The life of an upload. The account says which one is shown (`picture`, a hash) and which is to become the next (`pictureUpload`);
 * from both follows the state of each upload (`getState`). Ada uploads U1, then U2, then a file U3 that is broken:
 *
 * | what happens         | picture | pictureUpload | U1       | U2       | U3                   | files                       |
 * | -------------------- | ------- | ------------- | -------- | -------- | -------------------- | --------------------------- |
 * | U1 comes             | -       | U1            | expected |          |                      | originals/U1                |
 * | U1 is made           | H1      | -             | live     |          |                      | pictures/H1-*               |
 * | U2 comes             | H1      | U2            | live     | expected |                      | pictures/H1-*, originals/U2 |
 * | U2 is made           | H2      | -             | unused   | live     |                      | pictures/H2-*; U1 is deleted |
 * | U3 comes             | H2      | U3            |          | live     | expected             | pictures/H2-*, originals/U3 |
 * | U3 cannot be made    | H2      | U3            |          | live     | rejected, for a week | pictures/H2-*               |
 * | Ada removes all      | -       | -             |          | unused   | unused               | none                        |
 *
 * A process may end between any two writes. So each upload has an entry before its first file and until its last one is gone, and
 * entries that are not live are looked at again after a while (`cleanUpAvatars`).
 */
type AvatarState = "expected" | "rejected" | "live" | "unused";

const HOURS = 3_600_000;
const GIVEN_UP_AFTER_MS = 24 * HOURS;
const contentTypes = { webp: "image/webp", jpg: "image/jpeg" } as const;

const afterUpload = followUp<{ picture: string }>(User, "picture.uploaded", async ({ id, actor, data }) => {
  await record(actor, "picture.uploaded", { id: String(id) });
  await enqueue("make-picture", { id: data.picture }, deriveOnceId("job"));
});

const afterRemoval = followUp<WithAvatar>(User, "picture.removed", async ({ id, actor, data: before }) => {
  const those = (await Avatar.listForUser(id)).filter(
    ({ _id, hash }) => before.pictureUpload?.equals(_id) || (hash !== null && hash === before.picture),
  );
  for (const picture of those) await release(picture);
  if (before.picture) await record(actor, "picture.removed", { id: String(id) });
});

/** Takes a picture in and has ours made of it; or says why not. @throws Overloaded */
export async function uploadAvatar(actor: Actor, user: User, bytes: Uint8Array): Promise<Outcome<"done"> | Refusal> {
  const refusal = await findImageProblem(bytes);
  if (refusal) return refusal;
  const picture = await Avatar.start(user.id);
  await avatarStore.put(getOriginalName(picture._id), bytes, "application/octet-stream");
  const about = { id: user._id, actor, data: { picture: String(picture._id) } };
  if (!(await afterUpload.make(about, (entry) => user.expectPicture(picture._id, entry)))) await release(picture);
  return "done";
}

/** Shows the initials again, and forgets the picture. */
export async function removeAvatar(actor: Actor, user: User): Promise<void> {
  await Avatar.scheduleCheck(user._id);
  const entry = await user.dropPicture((before) => afterRemoval.entry(actor, before));
  if (entry) await afterRemoval.finish(user._id, entry as OutboxEntry<WithAvatar>);
}

/** What becomes of somebody's newest upload: it is being made, or could not be. Null when there is nothing to say. */
export async function findNewestUpload(user: User): Promise<{ refusal: Refusal | null } | null> {
  const upload = user.pictureUpload && (await Avatar.findUpload(user.pictureUpload));
  return upload ? { refusal: (upload.refusal as Refusal | null | undefined) ?? null } : null;
}

/**
 * Makes the pictures of an upload and shows them, unless the user uploaded another one since. Done twice it makes the same files.
 * @throws Overloaded
 */
export async function processUpload({ id }: { id: string }): Promise<void> {
  const picture = await Avatar.findUpload(id);
  if (!picture || picture.refusal) return;
  const user = await User.findById(picture.user);
  if (user?.disabledAt) return;
  if (!user || getState(picture, user) !== "expected") return release(picture);
  const original = await readWhole(avatarStore, getOriginalName(id));
  if (!original) return refuse(picture, "broken");
  const made = await makeAvatarFiles(original);
  if (!made.ok) return refuse(picture, made.refusal);
  const hash = createFileHash(id, original);
  if (!(await Avatar.setHash(picture._id, hash))) return;
  for (const { size, type, bytes } of made.files) {
    await avatarStore.put(getFileName(hash, size, type), bytes, contentTypes[type]);
  }
  await show(user, { ...picture, hash });
}

/** What an upload is to an account. An account that is gone has no use for any. */
function getState(
  { _id, hash, refusal }: Avatar,
  account: Pick<User, "picture" | "pictureUpload"> | null,
): AvatarState {
  if (account?.pictureUpload?.equals(_id)) return refusal ? "rejected" : "expected";
  return account && hash && account.picture === hash ? "live" : "unused";
}

const findOwner = ({ user }: Avatar) => User.findById(user).select("picture pictureUpload");

async function show(user: User, picture: Avatar & { hash: string }): Promise<void> {
  await Avatar.scheduleCheck(user._id);
  const before = await user.showPicture(picture._id, picture.hash);
  const replaced = before ? (await Avatar.listForUser(user._id)).filter(({ hash }) => hash === before) : [];
  for (const one of replaced) await release(one);
  await release(picture); // live now, or unused when another one came meanwhile
}

/** Rejects an upload, unless it is not expected any more, perhaps because another process made and showed it. */
async function refuse(picture: Avatar, refusal: Refusal): Promise<void> {
  const state = getState(picture, await findOwner(picture));
  if (state === "live" || state === "unused") return release(picture);
  await Avatar.reject(picture._id, refusal);
  await avatarStore.remove(getOriginalName(picture._id));
}

/**
 * Deletes what nobody needs: of a live picture its original, of one that is not even expected everything. What is known of it may be
 * old; its account is read before its entry, as a picture has its name before it is shown.
 */
async function release(known: Avatar): Promise<void> {
  const account = await findOwner(known);
  const picture = { ...known, ...(await Avatar.findUpload(known._id)) };
  const state = getState(picture, account);
  if (state === "expected") return;
  if (state !== "live") return remove(picture);
  await avatarStore.remove(getOriginalName(picture._id));
  await Avatar.markLive(picture._id);
}

/** The files first: after a crash their entry still tells of them. */
async function remove(picture: Avatar): Promise<void> {
  for (const name of listFileNames(picture)) await avatarStore.remove(name);
  await Avatar.deleteOne({ _id: picture._id });
}

/** Removes all pictures of a person. */
export async function deleteAvatars(user: Types.ObjectId): Promise<void> {
  for (let some = await Avatar.listForUser(user); some.length > 0; some = await Avatar.listForUser(user)) {
    for (const picture of some) await remove(picture);
  }
}

/** Looks after uploads that some process began and did not finish, and removes what nobody needs. @throws AggregateError at the end */
export async function cleanUpAvatars(now = new Date(), stop?: Stop): Promise<void> {
  const doubtful = iterateNew(
    () => Avatar.listToCheck(now),
    ({ _id }) => _id,
  );
  await actOnEach(doubtful, (picture) => recheck(picture, now), { stop, what: "pictures" });
}

async function recheck(picture: Avatar, now: Date): Promise<void> {
  if (getState(picture, await findOwner(picture)) !== "expected") return release(picture);
  if (picture.uploadedAt.getTime() < now.getTime() - GIVEN_UP_AFTER_MS) return refuse(picture, "broken");
  await Avatar.postponeCheck(picture._id);
  await enqueue("make-picture", { id: String(picture._id) });
}

/**
 * Names a picture by its upload, and by what was uploaded: nobody shares files with somebody else, so each is removed with its own, and
 * whoever begins anew where another was killed, perhaps as a later version, makes files of the same names.
 */
const createFileHash = (id: string, original: Uint8Array): string =>
  createHash("sha256").update(id).update(original).digest("hex").slice(0, 32);
