import mongoose from "mongoose";

/** Recurring jobs stay, because they would all run at once when they are written again. */
const KEPT: Record<string, object> = { jobs: { repeatInterval: { $ne: null } } };

/**
 * Deletes all documents, and forgets the query plans that were chosen for them. Searches all collections with one command,
 * because most of them are empty.
 */
export async function emptyDatabase(): Promise<void> {
  const filled = await findFilled();
  await Promise.all(
    filled.map(async (name) => {
      const kept = KEPT[name];
      await mongoose.connection.collection(name).deleteMany(kept ? { $nor: [kept] } : {});
      await mongoose.connection.db?.command({ planCacheClear: name });
    }),
  );
}

/** Lists the collections that contain a document. */
async function findFilled(): Promise<string[]> {
  const [first, ...others] = (await mongoose.connection.listCollections()).map(({ name }) => name);
  if (first === undefined) return [];
  const named = (name: string) => [{ $limit: 1 }, { $project: { _id: 0, name: { $literal: name } } }];
  const unions = others.map((coll) => ({ $unionWith: { coll, pipeline: named(coll) } }));
  const found = await mongoose.connection
    .collection(first)
    .aggregate<{ name: string }>([...named(first), ...unions])
    .toArray();
  return found.map(({ name }) => name);
}
