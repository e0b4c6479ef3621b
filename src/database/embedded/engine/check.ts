import type { Run } from "./command.js";
import { listCollectionNames, listDatabaseNames, listIndexNames } from "./ttl.js";

/**
 * Reads a little of every collection by each of its indexes. The engine ends at once when it reads what is damaged: better now,
 * before it serves anybody, than in the middle of a request.
 */
export async function readAll(run: Run): Promise<void> {
  for (const database of await listDatabaseNames(run)) {
    for (const collection of await listCollectionNames(run, database)) {
      for (const hint of ["$natural", ...(await listIndexNames(run, database, collection))]) {
        const by = hint === "$natural" ? { $natural: 1 } : hint;
        await run(database, { find: collection, filter: {}, hint: by, limit: 1, singleBatch: true }).catch(() => null);
      }
    }
  }
}
