import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { Types } from "mongoose";
import { isDuplicate, isUnavailable } from "../../database/errors.js";
import { deriveIdFromKey, isFreshKey } from "../../lib/once-keys.js";

/** How many audit events one run may write: that many ids are set aside for it. */
const MOST_EVENTS = 32;

type Run = { id: Types.ObjectId; events: number };
const runs = new AsyncLocalStorage<Run>();

/** How often the same form may be sent again after what it did was undone; later ones get a new id. */
const MOST_TIMES = 50;

/**
 * Whether what an earlier request with this form did no longer stands. Then the user who sends the form again wants it again, and it
 * is done again. It must be false while that request is under way, or a double click would act twice.
 */
export type IsUndone = (id: Types.ObjectId) => Promise<boolean>;

/** For forms whose documents are deleted when they are undone: then the id is free, and the same request makes it again. */
export const isDeletedWhenUndone: IsUndone = async () => false;

/** For forms whose words hold what changes when the effect is undone, such as the epoch of the account that a link is for. */
export const isToldByWords: IsUndone = async () => false;

/**
 * The id of what a form makes: the same each time that the same is sent with the same key (lib/once-keys.ts), until it is undone.
 * Example: an invitation is sent (first id), the button is pressed twice (first id), it is revoked, and the form is sent again by
 * Back (second id), twice (second id).
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

/** An id for `runOnce`, with the ids behind it set aside for the audit events of the run. */
export function createRunId(): Types.ObjectId {
  const id = new Types.ObjectId();
  for (let n = 0; n < MOST_EVENTS; n += 1) new Types.ObjectId(); // takes the process's counter past them
  return id;
}

/**
 * The id of the run that a form asks for. A form that is sent twice, because its answer was lost or its button pressed twice, asks
 * for one email; after a quarter of an hour, or when what it did was undone, for another one.
 */
export const deriveFormRunId = async (
  key: string | undefined,
  words: string[],
  isUndone: IsUndone,
): Promise<Types.ObjectId> =>
  key !== undefined && isFreshKey(key) ? deriveFormId(key, words, isUndone) : createRunId();

/**
 * Runs steps that may have to run again, because nobody knows how far they came. What they write under `deriveOnceId` and
 * `createEventId` gets the same ids each time, so the index of ids lets each document be written once.
 * Example: `runOnce(id, () => record(actor, "password.reset", user))` writes one audit event, however often it runs.
 * @param id from `createRunId`, stored before the first run
 */
export const runOnce = <Result>(id: Types.ObjectId, act: () => Promise<Result>): Promise<Result> =>
  runs.run({ id, events: 0 }, act);

type Occasion = { document: Types.ObjectId; at: Date; what: string };

/** The same for what happens to a document, such as its end, at a moment that is stored: the id follows from these. */
export function runOnceAbout<Result>({ document, at, what }: Occasion, act: () => Promise<Result>): Promise<Result> {
  const seconds = Math.floor(at.getTime() / 1000)
    .toString(16)
    .padStart(8, "0");
  return runOnce(new Types.ObjectId(deriveIdFromKey(seconds + document.toHexString(), [what])), act);
}

/** Whether the code that asks runs inside `runOnce`. */
const isRepeatable = (): boolean => runs.getStore() !== undefined;

/** An id for what these words describe: the same at each run of the same `runOnce`; undefined outside of one. */
export function deriveOnceId(...words: string[]): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  const hash = createHash("sha256")
    .update(JSON.stringify([run.id.toHexString(), ...words]))
    .digest("hex");
  return new Types.ObjectId(run.id.toHexString().slice(0, 8) + hash.slice(0, 16));
}

/** The id of the run's next audit event: those of one run follow one another, as other ids of the process do. */
export function createEventId(): Types.ObjectId | undefined {
  const run = runs.getStore();
  if (!run) return undefined;
  run.events += 1;
  return getEventId(run.id, Math.min(run.events, MOST_EVENTS));
}

/** The id of the n-th audit event of a run; the first tells whether the run came that far. */
export function getEventId(run: Types.ObjectId, n = 1): Types.ObjectId {
  const hex = run.toHexString();
  const counter = (Number.parseInt(hex.slice(18), 16) + n) % 0x1000000;
  return new Types.ObjectId(hex.slice(0, 18) + counter.toString(16).padStart(6, "0"));
}

/**
 * Writes a document with an id of this run, or one that was chosen before. When the answer is lost, it writes one more time: the
 * index of ids lets that happen once. False when an earlier run wrote it.
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
 * Does what a request asks for that changes no account: links, emails, audit events. When the database is away for a moment, so that
 * nobody knows how far it came, it is done a second time under the same ids: what is there already is not written twice.
 * @param id of the run, where the same request may come again
 */
export async function runRetryable<Result>(act: () => Promise<Result>, id = createRunId()): Promise<Result> {
  try {
    return await runOnce(id, act);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return runOnce(id, act);
  }
}
