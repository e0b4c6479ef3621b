import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { Types } from "mongoose";
import { isDuplicate, isUnavailable } from "../../database/errors.js";
import { deriveIdFromKey, isFreshKey } from "../../lib/once-keys.js";

/** Maximum number of audit events in one run. The same number of ids is reserved for each run. */
const MOST_EVENTS = 32;

type Run = { id: Types.ObjectId; events: number };
const runs = new AsyncLocalStorage<Run>();

/** Limit for how often the same form can act again after its effect was undone. Then each request gets a new id. */
const MOST_TIMES = 50;

/**
 * Returns true if the effect of an earlier request with this form no longer exists. A user who sends the form again
 * then wants the effect again. Must return false while the earlier request is in progress, because otherwise a double
 * click would act twice.
 */
export type IsUndone = (id: Types.ObjectId) => Promise<boolean>;

/**
 * For forms whose documents are deleted when the effect is undone. The id is then free, and the same request uses it
 * again.
 */
export const isDeletedWhenUndone: IsUndone = async () => false;

/**
 * For forms whose words contain a value that changes when the effect is undone, such as the account's session epoch.
 */
export const isToldByWords: IsUndone = async () => false;

/**
 * Derives the id of the document that a form creates. It stays the same for repeated requests with the same key
 * (lib/once-keys.ts) until the effect is undone. Example:
 *
 * 1. A form sends an invitation: first id. The button is pressed twice: first id again.
 * 2. The invitation is revoked, and the user sends the same form again after going back: second id.
 * 3. The button is pressed twice: second id again.
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

/** Creates an id for `runOnce`, and reserves the next ids for the audit events of the run. */
export function createRunId(): Types.ObjectId {
  const id = new Types.ObjectId();
  for (let n = 0; n < MOST_EVENTS; n += 1) new Types.ObjectId(); // advances the counter of the process
  return id;
}

/**
 * Derives the id of the run that a form starts. A form may be sent twice, because its response was lost or its button
 * was pressed twice; it still causes only one email. After 15 minutes, or when the effect was undone, the next request
 * causes another email.
 */
export const deriveFormRunId = async (
  key: string | undefined,
  words: string[],
  isUndone: IsUndone,
): Promise<Types.ObjectId> =>
  key !== undefined && isFreshKey(key) ? deriveFormId(key, words, isUndone) : createRunId();

/**
 * Runs steps that may have to run again, because it is unknown which of them succeeded. Documents with an id from
 * `deriveOnceId` or `createEventId` get the same id in each run, so the unique index on ids allows one write each.
 * Example: `runOnce(id, () => record(actor, "password.reset", user))` writes one audit event, however often it runs.
 * @param id from `createRunId`, stored before the first run
 */
export const runOnce = <Result>(id: Types.ObjectId, act: () => Promise<Result>): Promise<Result> =>
  runs.run({ id, events: 0 }, act);

type Occasion = { document: Types.ObjectId; at: Date; what: string };

/**
 * Like `runOnce`, for something that happens to a document at a stored time. The id of the run is derived from both.
 */
export function runOnceAbout<Result>({ document, at, what }: Occasion, act: () => Promise<Result>): Promise<Result> {
  const seconds = Math.floor(at.getTime() / 1000)
    .toString(16)
    .padStart(8, "0");
  return runOnce(new Types.ObjectId(deriveIdFromKey(seconds + document.toHexString(), [what])), act);
}

/** Returns true inside `runOnce`. */
export const isRepeatable = (): boolean => runs.getStore() !== undefined;

/** Derives an id from these words. It is the same each time inside one `runOnce`, and undefined outside of it. */
export function deriveOnceId(...words: string[]): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  const hash = createHash("sha256")
    .update(JSON.stringify([run.id.toHexString(), ...words]))
    .digest("hex");
  return new Types.ObjectId(run.id.toHexString().slice(0, 8) + hash.slice(0, 16));
}

/**
 * Returns the id of the next audit event of the run, or undefined outside a run. The ids of a run are in ascending
 * order.
 */
export function createEventId(): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  run.events += 1;
  return getEventId(run.id, Math.min(run.events, MOST_EVENTS));
}

/** Returns the id of the n-th audit event of a run. If the first event exists, the run got at least that far. */
export function getEventId(run: Types.ObjectId, n = 1): Types.ObjectId {
  const hex = run.toHexString();
  const counter = (Number.parseInt(hex.slice(18), 16) + n) % 0x1000000;
  return new Types.ObjectId(hex.slice(0, 18) + counter.toString(16).padStart(6, "0"));
}

/**
 * Writes a document whose id belongs to this run or was chosen in advance. If the database's response is lost, writes
 * again; the unique index on ids prevents a second document. Returns false if an earlier run wrote the document.
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
 * Runs the part of a request that changes no account: links, emails, audit events. If the database is briefly
 * unavailable, it is unknown which steps succeeded, so all of them run once more under the same ids. Existing documents
 * are not written again.
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
