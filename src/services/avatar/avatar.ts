import { createHash } from "node:crypto";
import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { enqueue } from "../../jobs/enqueue.js";
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
 * The life of an upload. The user's fields name the upload that is shown (`picture`, a hash) and the one that will
 * replace it (`pictureUpload`). Together they determine the state of each upload (`getState`). Example: Ada uploads U1,
 * then U2, then a broken file U3.
 *
 * | event                | picture | pictureUpload | U1       | U2       | U3                   | files                       |
 * | -------------------- | ------- | ------------- | -------- | -------- | -------------------- | --------------------------- |
 * | U1 is uploaded       | -       | U1            | expected |          |                      | originals/U1                |
 * | U1 is processed      | H1      | -             | live     |          |                      | pictures/H1-*               |
 * | U2 is uploaded       | H1      | U2            | live     | expected |                      | pictures/H1-*, originals/U2 |
 * | U2 is processed      | H2      | -             | unused   | live     |                      | pictures/H2-*; U1 deleted   |
 * | U3 is uploaded       | H2      | U3            |          | live     | expected             | pictures/H2-*, originals/U3 |
 * | U3 fails             | H2      | U3            |          | live     | rejected, for a week | pictures/H2-*               |
 * | Ada removes all      | -       | -             |          | unused   | unused               | none                        |
 *
 * A process can stop between any two writes. So the record of an upload is created before its first file and deleted
 * after its last one, and uploads that are not live are checked again later (`cleanUpAvatars`).
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

/** Stores an uploaded image and starts its processing. Returns a reason if the image is refused. @throws Overloaded */
export async function uploadAvatar(actor: Actor, user: User, bytes: Uint8Array): Promise<Outcome<"done"> | Refusal> {
  const refusal = await findImageProblem(bytes);
  if (refusal) return refusal;
  const picture = await Avatar.start(user.id);
  await avatarStore.put(getOriginalName(picture._id), bytes, "application/octet-stream");
  const about = { id: user._id, actor, data: { picture: String(picture._id) } };
  if (!(await afterUpload.make(about, (entry) => user.expectPicture(picture._id, entry)))) await release(picture);
  return "done";
}

/**
 * Removes the avatar, so that the initials appear again.
 * @param isAsRead removes it only if it is the same as when the user was read
 * @returns false if it is another one
 */
export async function removeAvatar(actor: Actor, user: User, isAsRead = false): Promise<boolean> {
  await Avatar.scheduleCheck(user._id);
  const entry = await user.dropPicture((before) => afterRemoval.entry(actor, before), isAsRead);
  if (entry === "stale") return false;
  if (entry) await afterRemoval.finish(user._id, entry as OutboxEntry<WithAvatar>);
  return true;
}

/**
 * Returns the newest upload if it is in progress, or was rejected with a reason. Returns null if there is nothing to
 * report.
 */
export async function findNewestUpload(user: User): Promise<{ refusal: Refusal | null } | null> {
  const upload = user.pictureUpload && (await Avatar.findUpload(user.pictureUpload));
  return upload ? { refusal: (upload.refusal as Refusal | null | undefined) ?? null } : null;
}

/**
 * Resizes an upload and shows it, unless the user has uploaded another one since. Repeating it creates the same files.
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

/** Returns the state of an upload. All uploads of a deleted account are unused. */
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
  await release(picture); // the upload is now live, or unused if there was a newer one
}

/** Rejects an upload if it is still expected. For example, another process may already have processed and shown it. */
async function refuse(picture: Avatar, refusal: Refusal): Promise<void> {
  const state = getState(picture, await findOwner(picture));
  if (state === "live" || state === "unused") return release(picture);
  await Avatar.reject(picture._id, refusal);
  await avatarStore.remove(getOriginalName(picture._id));
}

/**
 * Deletes files that are no longer needed: the original of a live upload, and all files of an upload that is neither
 * live nor expected. `known` may be outdated. The account is read before the record, because an upload gets its hash
 * before it is shown.
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

/** Deletes the files first. After a crash, the record still refers to the remaining files. */
async function remove(picture: Avatar): Promise<void> {
  for (const name of listFileNames(picture)) await avatarStore.remove(name);
  await Avatar.deleteOne({ _id: picture._id });
}

/** Removes all uploads of a user. */
export async function deleteAvatars(user: Types.ObjectId): Promise<void> {
  for (let some = await Avatar.listForUser(user); some.length > 0; some = await Avatar.listForUser(user)) {
    for (const picture of some) await remove(picture);
  }
}

/**
 * Finishes or removes uploads that a process did not complete.
 * @throws AggregateError after handling all other uploads
 */
export async function cleanUpAvatars(now = new Date(), stop?: Stop): Promise<void> {
  const doubtful = iterateNew<Avatar>((failed) => Avatar.listToCheck(now, failed));
  await actOnEach(doubtful, (picture) => recheck(picture, now), { stop, what: "pictures" });
}

async function recheck(picture: Avatar, now: Date): Promise<void> {
  if (getState(picture, await findOwner(picture)) !== "expected") return release(picture);
  if (picture.uploadedAt.getTime() < now.getTime() - GIVEN_UP_AFTER_MS) return refuse(picture, "broken");
  await Avatar.postponeCheck(picture._id);
  await enqueue("make-picture", { id: String(picture._id) });
}

/**
 * Derives the file names from the upload and its content. Two uploads never share files, so each one can be deleted
 * with its own files. If interrupted work is repeated, even by a later version, the files get the same names.
 */
const createFileHash = (id: string, original: Uint8Array): string =>
  createHash("sha256").update(id).update(original).digest("hex").slice(0, 32);
