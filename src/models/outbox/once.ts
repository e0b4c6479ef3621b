import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { Types } from "mongoose";
import { isDuplicate, isUnavailable } from "../../database/errors.js";
import { deriveIdFromKey, isFreshKey } from "../../lib/once-keys.js";

/** The most audit events of one run; this many ids are reserved for it. */
const MOST_EVENTS = 32;

type Run = { id: Types.ObjectId; events: number };
const runs = new AsyncLocalStorage<Run>();

/** How often the same form can act again after its effect was undone; after that, each request gets a new id. */
const MOST_TIMES = 50;

/**
 * Returns true if the effect of an earlier request with this form no longer exists. Then a user who sends the form
 * again wants the effect again. It must return false while the earlier request is in progress, or a double click would
 * act twice.
 */
export type IsUndone = (id: Types.ObjectId) => Promise<boolean>;

/** For forms whose documents are deleted when undone: the id is free then, and the same request uses it again. */
export const isDeletedWhenUndone: IsUndone = async () => false;

/** For forms whose words contain a value that changes when the effect is undone, such as the account's session epoch. */
export const isToldByWords: IsUndone = async () => false;

/**
 * Derives the id of the document that a form creates. It stays the same for repeated requests with the same key
 * (lib/once-keys.ts), until the effect is undone. Example: an invitation is sent (first id), the button is pressed
 * twice (first id), the invitation is revoked, and the form is sent again with the Back button (second id), twice
 * (second id).
 */
export async function deriveFormId(
  key: string | undefined,
  words: string[],
  isUndone: IsUndone,
): Promise<Types.ObjectId> {
  if (key === undefined) return new Types.ObjectId();
  for (let times = 0; times < MOST_TIMES; times += 1) {
    const id = new Types.ObjectId(deriveIdFromKey(key, times === 0 ? words : [...words, `again ${times}`]));
    if (!(await isUndone(id))) return id;
  }
  return new Types.ObjectId();
}

/** Creates an id for `runOnce`, and reserves the ids after it for the run's audit events. */
export function createRunId(): Types.ObjectId {
  const id = new Types.ObjectId();
  for (let n = 0; n < MOST_EVENTS; n += 1) new Types.ObjectId(); // advances the counter of the process
  return id;
}

/**
 * Derives the id of the run that a form starts. A form that is sent twice, because its response was lost or its button
 * was pressed twice, causes one email. After a quarter of an hour, or once the effect was undone, the next request
 * causes another one.
 */
export const deriveFormRunId = async (
  key: string | undefined,
  words: string[],
  isUndone: IsUndone,
): Promise<Types.ObjectId> =>
  key !== undefined && isFreshKey(key) ? deriveFormId(key, words, isUndone) : createRunId();

/**
 * Runs steps that may have to run again because it is unknown which of them succeeded. Documents written under
 * `deriveOnceId` and `createEventId` get the same ids in each run, so the unique index on ids allows one write each.
 * Example: `runOnce(id, () => record(actor, "password.reset", user))` writes one audit event, however often it runs.
 * @param id from `createRunId`, stored before the first run
 */
export const runOnce = <Result>(id: Types.ObjectId, act: () => Promise<Result>): Promise<Result> =>
  runs.run({ id, events: 0 }, act);

type Occasion = { document: Types.ObjectId; at: Date; what: string };

/** Like `runOnce`, for something that happens to a document at a stored time: the run's id is derived from both. */
export function runOnceAbout<Result>({ document, at, what }: Occasion, act: () => Promise<Result>): Promise<Result> {
  const seconds = Math.floor(at.getTime() / 1000)
    .toString(16)
    .padStart(8, "0");
  return runOnce(new Types.ObjectId(deriveIdFromKey(seconds + document.toHexString(), [what])), act);
}

/** Returns true inside `runOnce`. */
const isRepeatable = (): boolean => runs.getStore() !== undefined;

/** Derives an id from these words: the same in each run of one `runOnce`; undefined outside of it. */
export function deriveOnceId(...words: string[]): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  const hash = createHash("sha256")
    .update(JSON.stringify([run.id.toHexString(), ...words]))
    .digest("hex");
  return new Types.ObjectId(run.id.toHexString().slice(0, 8) + hash.slice(0, 16));
}

/** Returns the id of the run's next audit event, or undefined outside a run. The ids of one run are in ascending order. */
export function createEventId(): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  run.events += 1;
  return getEventId(run.id, Math.min(run.events, MOST_EVENTS));
}

/** Returns the id of the n-th audit event of a run. Whether the first exists shows whether the run came that far. */
export function getEventId(run: Types.ObjectId, n = 1): Types.ObjectId {
  const hex = run.toHexString();
  const counter = (Number.parseInt(hex.slice(18), 16) + n) % 0x1000000;
  return new Types.ObjectId(hex.slice(0, 18) + counter.toString(16).padStart(6, "0"));
}

/**
 * Writes a document whose id belongs to this run or was chosen before. If the database's answer is lost, it writes once
 * more; the unique index on ids prevents a second document. Returns false if an earlier run wrote it.
 */
export async function writeOnce(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isRepeatable() && isDuplicate(error, "_id")) return false;
    if (!isUnavailable(error)) throw error;
  }
  await write().catch((error: unknown) => {
    if (!isDuplicate(error, "_id")) throw error;
  });
  return true;
}

/**
 * Runs the part of a request that changes no account: links, emails, audit events. If the database is unavailable for a
 * moment, so that the progress is unknown, it runs once more under the same ids; existing documents are not written
 * again.
 * @param id id of the run, if the same request may be repeated
 */
export async function runRetryable<Result>(act: () => Promise<Result>, id = createRunId()): Promise<Result> {
  try {
    return await runOnce(id, act);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return runOnce(id, act);
  }
}
