import mongoose, { type Model, type mongo } from "mongoose";
import { IndexFailed, isDuplicate } from "./errors.js";

/** MongoDB's codes for two conflicts: the index exists with other options, or its name exists with other fields. */
const CONFLICTS = [85, 86];
const INDEX_NOT_FOUND = 27;

/**
 * Indexes of earlier versions, by collection. They are useless or would refuse valid data. The operator's own indexes
 * stay.
 */
export const RETIRED: Record<string, string[]> = {
  auditevents: ["others"], // until 0.2, the log had no search by actor in order of time
  posts: ["own"], // until 0.2, the dashboard did not show the domain of a post
  users: [
    "email_1", // until 0.1, only one account could have an email, confirmed or not
    // Until 0.2, the user list had seven times as many indexes (docs/decisions/0026-index-of-people.md).
    "sign-ups",
    "unsearchable",
    "people-to-fill", // people-short has these accounts under null (docs/decisions/0039-query-plan.md)
    "people-word-createdAt",
    "people-never-createdAt",
    ...["role", "disabled", "deleting", "unconfirmed", "never"].map((of) => `people-${of}-username`),
    ...["role", "disabled", "deleting", "unconfirmed"].map((of) => `people-${of}-lastLoginAt`),
  ],
};

/**
 * Creates the missing indexes of all imported models, and drops the retired ones.
 * @throws IndexFailed with the name of the index that could not be built, and the reason
 */
export async function ensureIndexes(): Promise<void> {
  await Promise.all(Object.values(mongoose.models).map(prepare));
}

/** Creates all indexes of a model with one command, because each command delays the start. */
async function prepare(model: Model<unknown>): Promise<void> {
  const indexes = model.schema.indexes().map(([key, options]) => ({ ...options, key }) as mongo.IndexDescription);
  if (indexes.length > 0) await model.collection.createIndexes(indexes).catch((error: unknown) => fail(model, error));
  await dropRetired(model);
}

/** Indexes as "collection.name". */
export type IndexDifferences = { missing: string[]; unknown: { name: string; isUnique: boolean }[] };

/** Compares the indexes in the database with those that all imported models declare. Changes nothing. */
export async function compareIndexes(): Promise<IndexDifferences> {
  const found = await Promise.all(Object.values(mongoose.models).map(compare));
  return { missing: found.flatMap(({ missing }) => missing), unknown: found.flatMap(({ unknown }) => unknown) };
}

async function compare(model: Model<unknown>): Promise<IndexDifferences> {
  const { toCreate, toDrop } = await model.diffIndexes();
  const where = model.collection.collectionName;
  const existing = toDrop.length > 0 ? await model.collection.indexes() : [];
  return {
    missing: toCreate.map((fields) => `${where}.${Object.keys(fields).join("_")}`),
    unknown: existing
      .filter(({ name = "" }) => toDrop.includes(name))
      .map(({ name, unique }) => ({ name: `${where}.${name}`, isUnique: unique === true })),
  };
}

async function dropRetired({ collection }: Model<unknown>): Promise<void> {
  const retired = RETIRED[collection.collectionName] ?? [];
  const existing = retired.length > 0 ? await collection.indexes() : [];
  for (const { name = "" } of existing) {
    if (!retired.includes(name)) continue;
    await collection.dropIndex(name).catch((error: { code?: number }) => {
      if (error.code !== INDEX_NOT_FOUND) throw error; // another process was faster
    });
  }
}

function fail(model: Model<unknown>, cause: unknown): never {
  const {
    code,
    keyPattern,
    message = String(cause),
  } = cause as { code?: number; keyPattern?: object; message?: string };
  const where = model.collection.collectionName;
  if (isDuplicate(cause)) {
    const fields = Object.keys(keyPattern ?? {}).join(", ");
    const what = `The unique index on ${fields} cannot be built: two or more documents in ${where} have the same`;
    throw new IndexFailed(`${what}. Remove or change all but one of them, then start again.`, { cause });
  }
  const advice = CONFLICTS.includes(code ?? 0) ? " Drop the old index, then start again." : "";
  throw new IndexFailed(`The indexes of ${where} cannot be built: ${message}.${advice}`, { cause });
}
